//! Which renderer answers (RFC 9110 §12.5.1).

use std::sync::Arc;

use http::{HeaderMap, header::ACCEPT};
use mime::Mime;
use restflow_exceptions::{ApiError, Result};

use crate::{Renderer, media_type, renderers::Renderers};

/// The renderer that was agreed upon.
#[derive(Clone)]
pub struct Accepted {
    /// The renderer that writes the response.
    pub renderer: Arc<dyn Renderer>,
    /// The range of `Accept` that it was chosen for.
    range: Option<Mime>,
}

impl Accepted {
    /// A renderer that was chosen without looking at `Accept`, one of
    /// [`Request::renderers`](crate::Request::renderers).
    #[must_use]
    pub fn new(renderer: &Arc<dyn Renderer>) -> Self {
        Self {
            renderer: Arc::clone(renderer),
            range: None,
        }
    }

    /// A parameter of the range that the client accepts: `4` for `indent` in
    /// `Accept: application/json; indent=4`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let range = self.range.as_ref()?;
        let value = range.get_param(name).filter(|_| name != WEIGHT)?;
        Some(value.as_str())
    }
}

impl std::fmt::Debug for Accepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accepted")
            .field("media_type", &self.renderer.media_type())
            .field("range", &self.range)
            .finish()
    }
}

/// Picks the renderer with the highest quality in `Accept`; among equals the more specific range
/// wins, then the order of the renderers. A missing header accepts anything.
///
/// The most specific range that fits a renderer tells its quality, 0 excludes it. A parameter that
/// the renderer's media type does not have is one for the renderer (`indent`), and fits; DRF does
/// the same, but has no qualities. Ranges that cannot be read are left out, and so is, as in DRF,
/// what a header has beyond 64 ranges or 8,192 characters.
///
/// `format` (from `?format=` or a suffix) narrows the choice first: a format that no renderer has
/// is a 404, as in DRF. Nothing acceptable is a 406.
pub fn negotiate(
    headers: &HeaderMap,
    format: Option<&str>,
    renderers: &Renderers,
) -> Result<Accepted> {
    let candidates = || {
        renderers
            .iter()
            .filter(|renderer| format.is_none_or(|format| renderer.format() == format))
    };
    let Some(first) = candidates().next() else {
        return Err(match format {
            // DRF raises Django's `Http404` here.
            Some(_) => ApiError::object_not_found(),
            None => ApiError::internal("the view has no renderer"),
        });
    };
    if !headers.contains_key(ACCEPT) {
        return Ok(Accepted::new(first));
    }
    if let Some(renderer) = named(headers, candidates()) {
        return Ok(Accepted::new(renderer));
    }
    let ranges = media_ranges(headers);
    let mut best: Option<(Preference, &Arc<dyn Renderer>, &Mime)> = None;
    for renderer in candidates() {
        let Some((preference, range)) = preference(&ranges, renderer.media_type()) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(strongest, ..)| preference > *strongest)
        {
            best = Some((preference, renderer, range));
        }
    }
    best.map(|(_, renderer, range)| Accepted {
        renderer: Arc::clone(renderer),
        range: Some(range.clone()),
    })
    .ok_or_else(ApiError::not_acceptable)
}

/// The renderer whose media type is the whole of `Accept`, as most API clients send it, without
/// parameters.
fn named<'a>(
    headers: &HeaderMap,
    mut candidates: impl Iterator<Item = &'a Arc<dyn Renderer>>,
) -> Option<&'a Arc<dyn Renderer>> {
    let mut values = headers.get_all(ACCEPT).iter();
    let (Some(accept), None) = (values.next(), values.next()) else {
        return None;
    };
    candidates.find(|renderer| {
        let media_type = renderer.media_type();
        media_type == accept && !media_type.contains(';')
    })
}

/// The parameter that is the quality of a range.
const WEIGHT: &str = "q";

/// DRF: `DefaultContentNegotiation`.
const MAX_RANGES: usize = 64;
const MAX_ACCEPT: usize = 8192;

/// Quality in thousandths, then how specific the matching range is.
type Preference = (u16, Specificity);

/// How closely a range describes a media type, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    /// `*/*`
    Any,
    /// `text/*`
    Main,
    /// `text/html`
    Sub,
    /// `text/html;level=1` for `text/html`: a parameter for the renderer.
    ForRenderer,
    /// `text/html;level=1` for the same.
    Exact,
}

struct MediaRange {
    range: Mime,
    quality: u16,
}

/// The ranges of all `Accept` headers; what cannot be read is left out.
fn media_ranges(headers: &HeaderMap) -> Vec<MediaRange> {
    let mut room = MAX_ACCEPT;
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| media_type::split(value, ','))
        .take_while(|range| {
            let fits = range.len() <= room;
            room = room.saturating_sub(range.len() + 1);
            fits
        })
        .filter_map(media_type::parse)
        .take(MAX_RANGES)
        .map(|range| MediaRange {
            quality: quality(&range),
            range,
        })
        .collect()
}

/// `q=0.5` as 500; a missing or malformed weight counts as 1.
fn quality(range: &Mime) -> u16 {
    range
        .get_param(WEIGHT)
        .and_then(|weight| weight.as_str().parse::<f32>().ok())
        .filter(|weight| (0.0..=1.0).contains(weight))
        .map_or(1000, |weight| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the weight is between 0 and 1"
            )]
            let thousandths = (weight * 1000.0).round() as u16;
            thousandths
        })
}

/// What the most specific range that fits says about `media_type`; `None` when there is none, or
/// when it says `q=0`.
fn preference<'a>(ranges: &'a [MediaRange], media_type: &str) -> Option<(Preference, &'a Mime)> {
    let media_type = media_type::parse(media_type)?;
    let fitting = ranges.iter().filter_map(|MediaRange { range, quality }| {
        let specificity = specificity(range, &media_type)?;
        // Not to want a parameter is not to want the whole type.
        let excluded = *quality == 0 && specificity == Specificity::ForRenderer;
        (!excluded).then_some((specificity, *quality, range))
    });
    fitting
        .max_by_key(|(specificity, quality, _)| (*specificity, *quality))
        .filter(|(_, quality, _)| *quality > 0)
        .map(|(specificity, quality, range)| ((quality, specificity), range))
}

/// `None` when `range` does not fit `media_type`.
fn specificity(range: &Mime, media_type: &Mime) -> Option<Specificity> {
    if range.type_() == mime::STAR {
        return Some(Specificity::Any);
    }
    if range.type_() != media_type.type_() {
        return None;
    }
    if range.subtype() == mime::STAR {
        return Some(Specificity::Main);
    }
    if range.subtype() != media_type.subtype() || range.suffix() != media_type.suffix() {
        return None;
    }
    let mut specificity = Specificity::Sub;
    for (name, value) in range.params().filter(|(name, _)| *name != WEIGHT) {
        match media_type.get_param(name) {
            Some(own) if own == value => specificity = specificity.max(Specificity::Exact),
            Some(_) => return None,
            None => specificity = Specificity::ForRenderer,
        }
    }
    Some(specificity)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use http::HeaderValue;
    use restflow_serializers::Representation;

    use super::*;
    use crate::{CsvRenderer, JsonRenderer, RendererContext};

    /// A renderer of any media type.
    struct Of(&'static str);

    impl Renderer for Of {
        fn media_type(&self) -> &'static str {
            self.0
        }

        fn format(&self) -> &'static str {
            "any"
        }

        fn render(&self, _: &dyn Representation, _: &RendererContext<'_>) -> Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }

    fn negotiated(
        accept: &[&str],
        format: Option<&str>,
        renderers: &Renderers,
    ) -> Result<Accepted, u16> {
        let mut headers = HeaderMap::new();
        for accept in accept {
            headers.append(ACCEPT, HeaderValue::from_str(accept).unwrap());
        }
        negotiate(&headers, format, renderers).map_err(|error| error.status().as_u16())
    }

    /// With renderers of JSON and CSV.
    fn check(accept: &[&str], format: Option<&str>, expected: Result<&str, u16>) {
        let renderers = Renderers::new().with(JsonRenderer).with(CsvRenderer::new());
        let got = negotiated(accept, format, &renderers);
        let got = got.map(|accepted| accepted.renderer.media_type());
        assert_eq!(got, expected, "Accept: {accept:?}, format: {format:?}");
    }

    const JSON: Result<&str, u16> = Ok("application/json");
    const CSV: Result<&str, u16> = Ok("text/csv");

    #[test]
    fn accept_is_read_by_quality_then_specificity_then_order() {
        check(&[], None, JSON);
        for (accept, expected) in [
            ("*/*", JSON),
            ("text/csv", CSV),
            ("TEXT/CSV", CSV),
            ("text/*, */*;q=0.1", CSV),
            ("text/*, */*", CSV),
            ("*/*, text/*", CSV),
            ("text/csv, application/json", JSON),
            ("text/csv;q=0.5, application/json", JSON),
            ("text/csv, application/json;q=0.999", CSV),
            ("text/csv;q=1, application/json;q=1.000", JSON),
            ("text/csv;q=.5,application/json;q=0.4", CSV),
            ("text/csv;Q=0.5, application/json", JSON),
            ("text/csv ; q=0.5 , application/json ; q=0.1", CSV),
            ("image/png, text/csv;q=0.001", CSV),
        ] {
            check(&[accept], None, expected);
        }
        check(&["image/png", "text/csv"], None, CSV);
        check(&["text/csv;q=0.5", "application/json;q=0.4"], None, CSV);
    }

    #[test]
    fn a_quality_of_0_excludes() {
        for (accept, expected) in [
            ("application/json;q=0, */*", CSV),
            ("*/*, application/json;q=0.000", CSV),
            ("application/*;q=0, */*;q=0.1", CSV),
            ("text/csv;q=0, text/*", Err(406)),
            ("text/*;q=0, text/csv", CSV),
            ("*/*;q=0", Err(406)),
            ("*/*;q=0, text/csv;q=0.1", CSV),
            ("application/json;q=0", Err(406)),
            ("application/json;indent=4;q=0, application/json", JSON),
            ("application/json;indent=4;q=0", Err(406)),
        ] {
            check(&[accept], None, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for (accept, expected) in [
            ("", Err(406)),
            (",", Err(406)),
            ("nonsense", Err(406)),
            ("*", Err(406)),
            ("a/b/c", Err(406)),
            ("*/csv", Err(406)),
            ("image/png", Err(406)),
            ("nonsense, text/csv", CSV),
            (",,text/csv,,", CSV),
            ("text/csv;x=\"a,b\", image/png", CSV),
            ("image/png;x=\"a, text/csv\"", Err(406)),
            ("image/png;x=\"\\\", text/csv\"", Err(406)),
            ("text/csv;q=much, application/json;q=0.9", CSV),
            ("text/csv;q=7, application/json;q=0.9", CSV),
            ("text/csv;q=NaN, application/json;q=0.9", CSV),
            ("text/csv;q=-1, application/json;q=0.9", CSV),
        ] {
            check(&[accept], None, expected);
        }
    }

    #[test]
    fn a_long_header_is_read_to_its_bounds() {
        let ranges = |number: usize| format!("{}text/csv", "image/png,".repeat(number));
        check(&[&ranges(63)], None, CSV);
        check(&[&ranges(64)], None, Err(406));
        let long = format!("text/csv, image/png;x={}", "x".repeat(9000));
        check(&[&long], None, CSV);
        let longer = format!("image/png;x={}, text/csv", "x".repeat(9000));
        check(&[&longer], None, Err(406));
    }

    #[test]
    fn a_format_narrows_the_choice() {
        check(&[], Some("csv"), CSV);
        check(&["*/*"], Some("csv"), CSV);
        check(&["text/*;q=0.1, application/json"], Some("csv"), CSV);
        check(&[], Some("xml"), Err(404));
        check(&["application/json"], Some("csv"), Err(406));
    }

    /// DRF raises Django's `Http404`, which has words of its own in the envelope.
    #[test]
    fn a_format_that_is_not_there_is_a_resource_that_is_not_there() {
        let renderers = Renderers::default();
        let error = negotiate(&HeaderMap::new(), Some("xml"), &renderers).unwrap_err();
        let body = restflow_exceptions::envelope::exception_handler(&error);
        let body = serde_json::to_value(&body).unwrap();
        assert_eq!(body["error"]["message"], "Resource not found.");
    }

    /// The example of RFC 9110 §12.5.1, one media type at a time.
    #[test]
    fn the_example_of_the_rfc_is_read_as_it_says() {
        const ACCEPT: &str = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
                              text/plain;format=fixed;q=0.4, */*;q=0.5";
        let mut headers = HeaderMap::new();
        headers.insert(super::ACCEPT, HeaderValue::from_static(ACCEPT));
        let ranges = media_ranges(&headers);
        for (media_type, expected) in [
            ("text/plain;format=flowed", 1000),
            ("text/plain;format=fixed", 400),
            ("text/plain;format=odd", 700),
            ("text/html", 300),
            ("text/html;level=3", 300),
            ("image/jpeg", 500),
        ] {
            let ((quality, _), _) = preference(&ranges, media_type).unwrap();
            assert_eq!(quality, expected, "{media_type}");
        }
    }

    #[test]
    fn parameters_choose_between_renderers_of_a_type_or_are_for_the_renderer() {
        let renderers = Renderers::new()
            .with(Of("text/html;level=1"))
            .with(Of("text/html;level=2"))
            .with(Of("application/vnd.shop+json"));
        for (accept, expected, level, indent) in [
            ("text/html", Ok("text/html;level=1"), None, None),
            (
                "text/html;level=2",
                Ok("text/html;level=2"),
                Some("2"),
                None,
            ),
            ("text/html;level=3", Err(406), None, None),
            (
                "text/html;level=2;q=0.5, text/html;level=1;indent=2;q=0.4",
                Ok("text/html;level=2"),
                Some("2"),
                None,
            ),
            (
                "application/vnd.shop+json; indent=4; q=0.9",
                Ok("application/vnd.shop+json"),
                None,
                Some("4"),
            ),
            ("application/vnd.shop", Err(406), None, None),
        ] {
            let got = negotiated(&[accept], None, &renderers);
            let media_type = got.as_ref().map(|accepted| accepted.renderer.media_type());
            assert_eq!(media_type.map_err(|status| *status), expected, "{accept}");
            if let Ok(accepted) = got {
                assert_eq!(accepted.parameter("level"), level, "{accept}");
                assert_eq!(accepted.parameter("indent"), indent, "{accept}");
                assert_eq!(accepted.parameter("q"), None, "{accept}");
            }
        }
    }
}
