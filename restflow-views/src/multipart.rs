//! Forms with files, read as they arrive.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use encoding_rs::Encoding;
use futures_util::{Stream, StreamExt};
use multer::{Field, Multipart};
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{FormData, UploadWriter, UploadedFile};

use crate::{Data, Parser, ParserContext, RequestBody, UploadLimits};

/// `multipart/form-data`, with the [limits](UploadLimits) of the settings.
///
/// Parts become texts, parts with a file name [`UploadedFile`]s. The body is read as a stream: a
/// large file goes to disk as it arrives, and one that breaks off or grows too large leaves
/// nothing behind. Of file names only the base name is kept.
///
/// A body that breaks off is a 400; Django reads it as far as it goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct MultiPartParser;

impl MultiPartParser {
    /// The same with limits of its own, for a view that takes other files than the rest of the
    /// API.
    #[must_use]
    pub const fn with_limits(self, limits: UploadLimits) -> LimitedMultiPartParser {
        LimitedMultiPartParser { limits }
    }
}

impl Parser for MultiPartParser {
    fn media_type(&self) -> &'static str {
        "multipart/form-data"
    }

    async fn parse(&self, body: RequestBody<'_>, context: &ParserContext<'_>) -> Result<Data> {
        parse(body, context, context.upload_limits()).await
    }
}

/// A [`MultiPartParser`] with limits of its own.
#[derive(Debug, Clone)]
pub struct LimitedMultiPartParser {
    limits: UploadLimits,
}

impl Parser for LimitedMultiPartParser {
    fn media_type(&self) -> &'static str {
        MultiPartParser.media_type()
    }

    async fn parse(&self, body: RequestBody<'_>, context: &ParserContext<'_>) -> Result<Data> {
        parse(body, context, &self.limits).await
    }
}

/// RFC 2046 §5.1.1 allows 70 characters, Django's parser 200.
const MAX_BOUNDARY: usize = 200;

async fn parse(
    body: RequestBody<'_>,
    context: &ParserContext<'_>,
    limits: &UploadLimits,
) -> Result<Data> {
    let boundary = multer::parse_boundary(context.content_type().as_ref()).map_err(broken)?;
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return Err(malformed("Invalid boundary in multipart"));
    }
    let mut form = Form {
        limits,
        encoding: context.encoding()?,
        max_text: context.max_body_size() as u64,
        text: 0,
        fields: 0,
        files: 0,
        memory: limits.memory_size,
        feed: SharedFeed::default(),
        data: FormData::new(),
    };
    let pieces = Pieces {
        chunks: body.into_stream(limits.max_upload_size).await?,
        rest: Bytes::new(),
        feed: Arc::clone(&form.feed),
    };
    let mut parts = Multipart::new(pieces, boundary);
    loop {
        lock(&form.feed).head = Some(0);
        let part = fed(&form.feed, parts.next_field()).await.map_err(broken)?;
        lock(&form.feed).head = None;
        match part {
            Some(part) => form.read(part).await?,
            None => return Ok(Data::Form(form.data)),
        }
    }
}

/// A form as far as it was read.
struct Form<'a> {
    limits: &'a UploadLimits,
    encoding: &'static Encoding,
    /// The most bytes of texts and names together, and how many there are.
    max_text: u64,
    text: u64,
    fields: usize,
    files: usize,
    /// The bytes of files that may still be held in memory.
    memory: usize,
    feed: SharedFeed,
    data: FormData,
}

impl Form<'_> {
    async fn read(&mut self, part: Field<'static>) -> Result<()> {
        let name = part.name().map(str::to_owned);
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(ToString::to_string);
        for text in [&name, &file_name, &content_type].into_iter().flatten() {
            self.count_text(text.len())?;
        }
        match file_name {
            None => {
                self.fields += 1;
                if self.fields > self.limits.max_fields {
                    return Err(self.limits.too_many_fields());
                }
                let text = self.read_text(part).await?;
                if let Some(name) = name {
                    self.data.push(name, text);
                }
            }
            Some(file_name) => {
                self.files += 1;
                if self.files > self.limits.max_files {
                    return Err(self.limits.too_many_files());
                }
                let file = self.read_file(part, &file_name, content_type).await?;
                if let (Some(name), Some(file)) = (name, file) {
                    self.data.push_file(name, file);
                }
            }
        }
        Ok(())
    }

    fn count_text(&mut self, length: usize) -> Result<()> {
        self.text += length as u64;
        if self.text > self.max_text {
            return Err(ApiError::payload_too_large(self.max_text));
        }
        Ok(())
    }

    async fn read_text(&mut self, mut part: Field<'static>) -> Result<String> {
        let mut text = Vec::new();
        while let Some(chunk) = fed(&self.feed, part.next()).await {
            let chunk = chunk.map_err(broken)?;
            self.count_text(chunk.len())?;
            text.extend_from_slice(&chunk);
            if text.len() as u64 > self.limits.max_field_size {
                return Err(ApiError::payload_too_large(self.limits.max_field_size));
            }
        }
        let text = self.encoding.decode_without_bom_handling(&text).0;
        Ok(text.into_owned())
    }

    /// Reads the file in any case, but keeps none without a name.
    async fn read_file(
        &mut self,
        mut part: Field<'static>,
        name: &str,
        content_type: Option<String>,
    ) -> Result<Option<UploadedFile>> {
        let name = UploadedFile::base_name(name);
        let mut file = UploadWriter::new(self.memory, &self.limits.temp_dir);
        let mut size = 0;
        while let Some(chunk) = fed(&self.feed, part.next()).await {
            let chunk = chunk.map_err(broken)?;
            size += chunk.len() as u64;
            if size > self.limits.max_file_size {
                return Err(ApiError::payload_too_large(self.limits.max_file_size));
            }
            if name.is_some() {
                file.write(&chunk).await.map_err(ApiError::internal)?;
            }
        }
        self.memory -= file.memory();
        match name {
            None => Ok(None),
            Some(name) => file
                .finish(&name, content_type)
                .await
                .map(Some)
                .map_err(ApiError::internal),
        }
    }
}

fn malformed(what: impl std::fmt::Display) -> ApiError {
    ApiError::parse_error(format!("Multipart form parse error - {what}"))
}

/// The error of the stream if that is what has failed, else a 400.
fn broken(error: multer::Error) -> ApiError {
    match error {
        multer::Error::StreamReadFailed(error) => match error.downcast::<ApiError>() {
            Ok(error) => *error,
            Err(error) => malformed("failed to read stream").with_source(error),
        },
        error => malformed(error),
    }
}

/// What multer gets at once.
const PIECE: usize = 64 * 1024;

/// The most bytes between two parts: a boundary and the headers. Django allows 1,024.
const MAX_HEAD: usize = 16 * 1024;

/// How much multer may read. It buffers all that its stream has, also while it could go on with
/// what it has got, and headers to their end; so it is fed by the piece, and only when it is
/// hungry.
#[derive(Debug, Default)]
struct Feed {
    turn: Turn,
    /// The bytes since the last part; `None` within a part.
    head: Option<usize>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Turn {
    /// It has to make do with what it has got.
    #[default]
    Hold,
    /// It gets one piece.
    Serve,
    /// It has got its piece, and has to come back for the next one.
    Served,
}

type SharedFeed = Arc<Mutex<Feed>>;

fn lock(feed: &SharedFeed) -> MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for `progress`, which is fed when it cannot go on.
async fn fed<F: Future>(feed: &SharedFeed, progress: F) -> F::Output {
    let mut progress = pin!(progress);
    poll_fn(|context| {
        lock(feed).turn = Turn::Hold;
        if let Poll::Ready(output) = progress.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        lock(feed).turn = Turn::Serve;
        progress.as_mut().poll(context)
    })
    .await
}

/// The stream that multer reads.
struct Pieces<S> {
    chunks: S,
    rest: Bytes,
    feed: SharedFeed,
}

impl<S: Stream<Item = Result<Bytes>> + Unpin> Stream for Pieces<S> {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let mut feed = lock(&this.feed);
        match feed.turn {
            Turn::Hold => return Poll::Pending,
            Turn::Serve => {}
            Turn::Served => {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        while this.rest.is_empty() {
            match ready!(this.chunks.poll_next_unpin(context)) {
                Some(Ok(chunk)) => this.rest = chunk,
                end => return Poll::Ready(end),
            }
        }
        let room = feed.head.map_or(PIECE, |read| MAX_HEAD - read);
        if room == 0 {
            let error = malformed("the headers of a part are too long");
            return Poll::Ready(Some(Err(error)));
        }
        let piece = this.rest.split_to(room.min(this.rest.len()));
        feed.head = feed.head.map(|read| read + piece.len());
        feed.turn = Turn::Served;
        Poll::Ready(Some(Ok(piece)))
    }
}
