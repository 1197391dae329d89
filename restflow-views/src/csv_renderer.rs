//! Tables on their way out.

use csv::{Terminator, Writer, WriterBuilder};
use indexmap::IndexSet;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::Representation;
use serde_json::Value;

use crate::{Renderer, RendererContext, text_renderer::scalar};

/// `text/csv` (RFC 4180): a header, and a line for each object of a list or a page.
///
/// The columns are the names of all the objects, in the order in which they appear, unless
/// [`columns`](Self::columns) names them. Null is an empty cell, and what is nested is compact
/// JSON. A single object is a table of one line, and a list of other values one column without a
/// header. In an error the messages about a field share its cell.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which may have
/// come from anybody who can write a row. Such a text gets an apostrophe in front, which tells the
/// spreadsheet that it is a text, also behind a semicolon, tab or line break, where a new cell may
/// begin; numbers stay as they are. Programs that read the file may not
/// want that: see [`keep_formulas`](Self::keep_formulas).
///
/// ```
/// use restflow_views::{CsvRenderer, Renderers};
///
/// let export = CsvRenderer::new().columns(["sku", "name", "price"]);
/// let renderers = Renderers::default().with(export);
/// ```
#[derive(Debug, Clone)]
pub struct CsvRenderer {
    columns: Vec<&'static str>,
    results: &'static str,
    keep_formulas: bool,
}

impl CsvRenderer {
    /// All columns, and texts that are no formulas.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            columns: Vec::new(),
            results: "results",
            keep_formulas: false,
        }
    }

    /// Shows these columns only, in this order, also when there are no rows. Errors have columns
    /// of their own.
    #[must_use]
    pub fn columns(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.columns = columns.into_iter().collect();
        self
    }

    /// Where an envelope of the view's paginator has its rows. `results` by default.
    #[must_use]
    pub const fn results(mut self, name: &'static str) -> Self {
        self.results = name;
        self
    }

    /// Leaves texts alone that a spreadsheet takes for formulas. For files that no spreadsheet
    /// opens.
    #[must_use]
    pub const fn keep_formulas(mut self) -> Self {
        self.keep_formulas = true;
        self
    }

    fn table(&self, data: &Value, is_error: bool) -> csv::Result<Vec<u8>> {
        let rows = match data {
            Value::Object(envelope) if !is_error => envelope.get(self.results),
            _ => None,
        };
        let rows = rows.filter(|rows| rows.is_array()).unwrap_or(data);
        let rows = rows
            .as_array()
            .map_or(std::slice::from_ref(rows), Vec::as_slice);
        let mut csv = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        if rows.iter().all(Value::is_object) {
            self.write_objects(&mut csv, rows, is_error)?;
        } else {
            for value in rows {
                csv.write_record([self.cell(value, is_error)])?;
            }
        }
        csv.into_inner().map_err(|error| error.into_error().into())
    }

    fn write_objects(
        &self,
        csv: &mut Writer<Vec<u8>>,
        rows: &[Value],
        is_error: bool,
    ) -> csv::Result<()> {
        let columns: IndexSet<&str> = if self.columns.is_empty() || is_error {
            let rows = rows.iter().filter_map(Value::as_object);
            rows.flat_map(|row| row.keys().map(String::as_str))
                .collect()
        } else {
            self.columns.iter().copied().collect()
        };
        if columns.is_empty() {
            return Ok(());
        }
        csv.write_record(columns.iter().map(|name| self.text((*name).to_owned())))?;
        for row in rows {
            csv.write_record(columns.iter().map(|name| {
                let value = row.get(name).unwrap_or(&Value::Null);
                self.cell(value, is_error)
            }))?;
        }
        Ok(())
    }

    fn cell(&self, value: &Value, is_error: bool) -> String {
        match value {
            Value::String(text) => self.text(text.clone()),
            Value::Array(messages) if is_error && messages.iter().all(Value::is_string) => {
                let messages: Vec<_> = messages.iter().filter_map(Value::as_str).collect();
                self.text(messages.join(" "))
            }
            value => scalar(value),
        }
    }

    fn text(&self, text: String) -> String {
        if self.keep_formulas {
            text
        } else {
            without_formulas(text)
        }
    }
}

impl Default for CsvRenderer {
    fn default() -> Self {
        Self::new()
    }
}

impl Renderer for CsvRenderer {
    fn media_type(&self) -> &'static str {
        "text/csv"
    }

    fn format(&self) -> &'static str {
        "csv"
    }

    fn charset(&self) -> Option<&'static str> {
        Some("utf-8")
    }

    fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let data = data.to_value().map_err(ApiError::internal)?;
        self.table(&data, context.is_error())
            .map_err(ApiError::internal)
    }
}

/// The characters that begin a formula are those of OWASP, "CSV Injection", with their full-width
/// forms.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Where a spreadsheet may begin a new cell: with another separator than the comma, as it has in
/// many countries, quotes do not keep a text together.
const BREAKS: &[char] = &[';', '\t', '\r', '\n'];

/// `text` with an apostrophe before all that a spreadsheet would calculate. A decimal is a text in
/// JSON, and no formula.
fn without_formulas(text: String) -> String {
    let begins = text.trim_start_matches('\u{feff}').starts_with(FORMULA);
    if !begins && !text.contains(BREAKS) || text.parse().is_ok_and(f64::is_finite) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 1);
    let mut at_start = true;
    for character in text.chars() {
        if at_start && FORMULA.contains(&character) {
            safe.push('\'');
        }
        safe.push(character);
        // A byte order mark at the beginning is swallowed.
        at_start = BREAKS.contains(&character) || at_start && character == '\u{feff}';
    }
    safe
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn check(renderer: &CsvRenderer, data: &Value, expected: &str) {
        let table = renderer.table(data, false).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), expected, "{data}");
    }

    #[test]
    fn a_list_is_a_table() {
        let csv = CsvRenderer::new();
        check(
            &csv,
            &json!([
                {"id": 1, "name": "a, \"b\"", "tags": [1, 2]},
                {"id": 2, "name": null, "tags": [], "more": true},
            ]),
            "id,name,tags,more\r\n1,\"a, \"\"b\"\"\",\"[1,2]\",\r\n2,,[],true\r\n",
        );
        check(
            &csv,
            &json!({"id": 1, "at": {"x": 1}}),
            "id,at\r\n1,\"{\"\"x\"\":1}\"\r\n",
        );
        check(&csv, &json!(["a", 2, null]), "a\r\n2\r\n\"\"\r\n");
        check(&csv, &json!("text"), "text\r\n");
        check(&csv, &json!([]), "");
        check(&csv, &json!({}), "");
    }

    #[test]
    fn a_page_is_its_results() {
        let page = json!({"count": 2, "next": null, "results": [{"id": 1}, {"id": 2}]});
        check(&CsvRenderer::new(), &page, "id\r\n1\r\n2\r\n");
        check(
            &CsvRenderer::new(),
            &json!({"results": 3}),
            "results\r\n3\r\n",
        );
        let items = json!({"items": [{"id": 1}], "results": 1});
        check(&CsvRenderer::new().results("items"), &items, "id\r\n1\r\n");
    }

    #[test]
    fn columns_are_those_that_were_named() {
        let csv = CsvRenderer::new().columns(["b", "a"]);
        check(&csv, &json!([{"a": 1, "c": 2}]), "b,a\r\n,1\r\n");
        check(&csv, &json!([]), "b,a\r\n");
        let error = csv.table(&json!({"detail": "Not found."}), true).unwrap();
        assert_eq!(error, b"detail\r\nNot found.\r\n");
    }

    #[test]
    fn errors_share_a_line() {
        let error = json!({"name": ["Too short.", "Too odd."], "results": [{"id": ["Bad."]}]});
        let table = CsvRenderer::new().table(&error, true).unwrap();
        assert_eq!(
            String::from_utf8(table).unwrap(),
            "name,results\r\nToo short. Too odd.,\"[{\"\"id\"\":[\"\"Bad.\"\"]}]\"\r\n"
        );
    }

    #[test]
    fn texts_are_no_formulas() {
        let table = [
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("x;=HYPERLINK(A1)", "x;'=HYPERLINK(A1)"),
            ("two\nlines; and more", "two\nlines; and more"),
            ("\u{feff}=1+1", "\u{feff}'=1+1"),
            ("＝1", "'＝1"),
            ("-inf", "'-inf"),
            ("-12.50", "-12.50"),
            ("+4912345", "+4912345"),
            ("a=b", "a=b"),
            ("", ""),
        ];
        for (text, cell) in table {
            assert_eq!(CsvRenderer::new().text(text.to_owned()), cell);
            assert_eq!(
                CsvRenderer::new().keep_formulas().text(text.to_owned()),
                text
            );
        }
        check(&CsvRenderer::new(), &json!([{"=x": -1}]), "'=x\r\n-1\r\n");
    }
}
