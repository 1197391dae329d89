//! Names of lookups for people, and which lookups compare a whole value.

/// The label of a lookup: `Inclusive Lower Bound` for `gte`. drf-restflow: `bound_label`.
pub(crate) fn bound_label(lookup: &str) -> String {
    let known = match lookup {
        "exact" => "Exact Match",
        "iexact" => "Exact Match (Case-Insensitive)",
        "contains" => "Substring Match",
        "icontains" => "Substring Match (Case-Insensitive)",
        "startswith" => "Prefix Match",
        "istartswith" => "Prefix Match (Case-Insensitive)",
        "endswith" => "Suffix Match",
        "iendswith" => "Suffix Match (Case-Insensitive)",
        "gt" => "Exclusive Lower Bound",
        "gte" => "Inclusive Lower Bound",
        "lt" => "Exclusive Upper Bound",
        "lte" => "Inclusive Upper Bound",
        "in" => "Value Set Membership",
        "range" => "Inclusive Range",
        "isnull" => "Null Check",
        "regex" => "Regex Match",
        "iregex" => "Regex Match (Case-Insensitive)",
        "date" => "Date Component",
        "year" => "Year Component",
        "month" => "Month Component",
        "day" => "Day Component",
        "week" => "Week Component",
        "week_day" => "Weekday Component",
        "quarter" => "Quarter Component",
        "hour" => "Hour Component",
        "minute" => "Minute Component",
        "second" => "Second Component",
        "search" => "Full-Text Search",
        "trigram_similar" => "Trigram Similarity",
        "unaccent" => "Accent-Insensitive Match",
        "overlaps" => "Range Overlap",
        "contained_by" => "Contained By",
        other => return title(other),
    };
    known.to_owned()
}

/// `iso_year` becomes `Iso Year`.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters.flat_map(char::to_lowercase)).collect()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// Whether a lookup takes something else than a value of the column, such as a part of a text or a
/// year. The limits and the format of the values do not concern it.
/// drf-restflow: `LOOKUP_DEFAULT_FIELD`.
pub(crate) fn takes_something_else(lookup: &str) -> bool {
    matches!(
        lookup,
        "isnull"
            | "year"
            | "iso_year"
            | "month"
            | "day"
            | "week"
            | "week_day"
            | "iso_week_day"
            | "quarter"
            | "hour"
            | "minute"
            | "second"
            | "date"
            | "time"
            | "contains"
            | "icontains"
            | "startswith"
            | "istartswith"
            | "endswith"
            | "iendswith"
            | "regex"
            | "iregex"
            | "search"
            | "trigram_similar"
            | "unaccent"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_drf_restflow() {
        assert_eq!(bound_label("gte"), "Inclusive Lower Bound");
        assert_eq!(bound_label("iso_week_day"), "Iso Week Day");
        assert_eq!(bound_label("near"), "Near");
    }
}
