//! Which renderer answers (RFC 9110 §12.5.1).

use std::sync::Arc;

use http::{HeaderMap, header::ACCEPT};
use mime::Mime;
use restflow_exceptions::{ApiError, Result};

use crate::{Renderer, renderers::Renderers};

/// The renderer that was agreed upon.
#[derive(Clone)]
pub struct Accepted {
    /// The renderer that writes the response.
    pub renderer: Arc<dyn Renderer>,
}

impl std::fmt::Debug for Accepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accepted")
            .field("media_type", &self.renderer.media_type())
            .finish_non_exhaustive()
    }
}

/// Picks the renderer with the highest quality in `Accept`; among equals the more specific range
/// wins, then the order of the renderers. A missing header accepts anything.
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
        return Err(ApiError::not_found());
    };
    if !headers.contains_key(ACCEPT) {
        return Ok(Accepted {
            renderer: Arc::clone(first),
        });
    }
    if let Some(renderer) = named(headers, candidates()) {
        return Ok(Accepted {
            renderer: Arc::clone(renderer),
        });
    }
    let ranges = media_ranges(headers);
    let mut best: Option<(Preference, &Arc<dyn Renderer>)> = None;
    for renderer in candidates() {
        let Some(preference) = preference(&ranges, renderer.media_type()) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(strongest, _)| preference > *strongest)
        {
            best = Some((preference, renderer));
        }
    }
    best.map(|(_, renderer)| Accepted {
        renderer: Arc::clone(renderer),
    })
    .ok_or_else(ApiError::not_acceptable)
}

/// The renderer whose media type is the whole of `Accept`, as most API clients send it.
fn named<'a>(
    headers: &HeaderMap,
    mut candidates: impl Iterator<Item = &'a Arc<dyn Renderer>>,
) -> Option<&'a Arc<dyn Renderer>> {
    let mut values = headers.get_all(ACCEPT).iter();
    let (Some(accept), None) = (values.next(), values.next()) else {
        return None;
    };
    candidates.find(|renderer| renderer.media_type() == accept)
}

/// Quality in thousandths, then how specific the matching range is.
type Preference = (u16, u8);

struct MediaRange {
    range: Mime,
    quality: u16,
}

/// The ranges of all `Accept` headers; what cannot be read is left out.
fn media_ranges(headers: &HeaderMap) -> Vec<MediaRange> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse::<Mime>().ok())
        .map(|range| MediaRange {
            quality: quality(&range),
            range,
        })
        .collect()
}

/// `q=0.5` as 500; a missing or malformed weight counts as 1.
fn quality(range: &Mime) -> u16 {
    range
        .get_param("q")
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

/// What the most specific range that matches says about `media_type`; `None` when there is none,
/// or when it says `q=0`.
fn preference(ranges: &[MediaRange], media_type: &str) -> Option<Preference> {
    let (main, sub) = media_type.split_once('/')?;
    ranges
        .iter()
        .filter_map(|MediaRange { range, quality }| {
            let specificity = if range.type_() == mime::STAR {
                0
            } else if range.type_() != main {
                return None;
            } else if range.subtype() == mime::STAR {
                1
            } else if range.subtype() == sub {
                2 + u8::from(range.params().any(|(name, _)| name != "q"))
            } else {
                return None;
            };
            Some((specificity, *quality))
        })
        .max()
        .filter(|(_, quality)| *quality > 0)
        .map(|(specificity, quality)| (quality, specificity))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use http::HeaderValue;
    use restflow_serializers::Representation;

    use super::*;
    use crate::JsonRenderer;

    struct Csv;

    impl Renderer for Csv {
        fn media_type(&self) -> &'static str {
            "text/csv"
        }

        fn format(&self) -> &'static str {
            "csv"
        }

        fn render(&self, _data: &dyn Representation) -> Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }

    fn check(accept: Option<&'static str>, format: Option<&str>, expected: Result<&str, u16>) {
        let renderers = Renderers::new().with(JsonRenderer).with(Csv);
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        let got = negotiate(&headers, format, &renderers)
            .map(|accepted| accepted.renderer.media_type())
            .map_err(|error| error.status().as_u16());
        assert_eq!(got, expected, "Accept: {accept:?}, format: {format:?}");
    }

    #[test]
    fn accept_is_read_by_quality_and_specificity() {
        check(None, None, Ok("application/json"));
        check(Some("*/*"), None, Ok("application/json"));
        check(Some("text/csv"), None, Ok("text/csv"));
        check(Some("text/*, */*;q=0.1"), None, Ok("text/csv"));
        check(
            Some("text/csv;q=0.5, application/json"),
            None,
            Ok("application/json"),
        );
        check(Some("application/json;q=0, */*"), None, Ok("text/csv"));
        check(Some("image/png"), None, Err(406));
        check(Some(""), None, Err(406));
        check(Some("nonsense"), None, Err(406));
    }

    #[test]
    fn a_format_narrows_the_choice() {
        check(None, Some("csv"), Ok("text/csv"));
        check(Some("*/*"), Some("csv"), Ok("text/csv"));
        check(None, Some("xml"), Err(404));
        check(Some("application/json"), Some("csv"), Err(406));
    }
}
