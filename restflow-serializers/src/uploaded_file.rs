//! A file that a client has sent, in memory or on disk.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use tempfile::{NamedTempFile, TempPath};
use tokio::{
    fs,
    io::{AsyncRead, AsyncWriteExt},
    runtime::Handle,
    task,
};

/// A file that a client has sent in a form.
///
/// A small one is in memory, a larger one in a temporary file, which is removed when the last
/// clone is dropped: at the end of the request, unless a handler keeps one. Nothing here blocks
/// the event loop.
///
/// Django: `django.core.files.uploadedfile.UploadedFile`.
#[derive(Clone)]
pub struct UploadedFile {
    name: String,
    content_type: Option<String>,
    size: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Memory(Bytes),
    Disk(Arc<TemporaryFile>),
}

impl UploadedFile {
    /// A file in memory. The directories that the client may have put into `name` are taken off;
    /// a name of which nothing is left becomes empty.
    #[must_use]
    pub fn in_memory(name: &str, content_type: Option<String>, content: Bytes) -> Self {
        Self {
            name: base_name(name).unwrap_or_default(),
            content_type,
            size: content.len() as u64,
            content: Content::Memory(content),
        }
    }

    /// The name that a file at `path`, a path of any system, would have; `None` when it names no
    /// file. A browser sends a form's empty file field as a file without a name.
    #[must_use]
    pub fn base_name(path: &str) -> Option<String> {
        base_name(path)
    }

    /// The base name that the client gave: without directories and control characters, never `.`
    /// or `..`. It may be the name of a file that exists already, and of any length.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type that the client claims. Nobody has looked at the content.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Where the temporary file is; `None` for a file in memory (Django:
    /// `temporary_file_path`).
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            Content::Memory(_) => None,
            Content::Disk(file) => Some(file.path()),
        }
    }

    /// The whole content. For a file that can be large [`open`](Self::open) takes less memory.
    pub async fn bytes(&self) -> io::Result<Bytes> {
        match &self.content {
            Content::Memory(content) => Ok(content.clone()),
            Content::Disk(file) => fs::read(file.path()).await.map(Bytes::from),
        }
    }

    /// The content from its beginning, to be read piece by piece.
    pub async fn open(&self) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        Ok(match &self.content {
            Content::Memory(content) => Box::new(io::Cursor::new(content.clone())),
            Content::Disk(file) => Box::new(fs::File::open(file.path()).await?),
        })
    }

    /// Writes the content to a new file at `path`.
    ///
    /// Fails with [`AlreadyExists`](io::ErrorKind::AlreadyExists) when there is something, so
    /// that two uploads of one name do not overwrite each other. The file appears when it is
    /// whole: until then it has another name in the same folder, and a copy that fails, or whose
    /// request is dropped, goes away. Only the user of the server may read it (on Unix).
    pub async fn save_as(&self, path: impl Into<PathBuf>) -> io::Result<()> {
        let path = path.into();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let (mut copy, part) = temporary_file(folder).await?;
        self.copy_to(&mut copy).await?;
        let named = task::spawn_blocking(move || part.persist(&path));
        named.await.map_err(io::Error::other)?
    }

    async fn copy_to(&self, copy: &mut fs::File) -> io::Result<()> {
        tokio::io::copy(&mut self.open().await?, copy).await?;
        copy.flush().await
    }
}

impl fmt::Debug for UploadedFile {
    /// Without the content, which may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedFile")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl PartialEq for UploadedFile {
    /// Two files on disk are the same if they are clones of each other.
    fn eq(&self, other: &Self) -> bool {
        let same_content = match (&self.content, &other.content) {
            (Content::Memory(one), Content::Memory(other)) => one == other,
            (Content::Disk(one), Content::Disk(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        same_content && self.name == other.name && self.content_type == other.content_type
    }
}

impl Eq for UploadedFile {}

/// Writes an [`UploadedFile`] chunk by chunk: into memory up to a limit, and all of it into a
/// temporary file from there on.
///
/// Dropped before [`finish`](Self::finish) it leaves nothing behind.
pub struct UploadWriter {
    memory_limit: usize,
    directory: PathBuf,
    size: u64,
    sink: Sink,
}

enum Sink {
    Memory(BytesMut),
    Disk { file: fs::File, path: TemporaryFile },
}

impl UploadWriter {
    /// Keeps up to `memory_limit` bytes in memory, and puts a longer file into `directory`.
    #[must_use]
    pub fn new(memory_limit: usize, directory: impl Into<PathBuf>) -> Self {
        Self {
            memory_limit,
            directory: directory.into(),
            size: 0,
            sink: Sink::Memory(BytesMut::new()),
        }
    }

    /// Appends `chunk`. Fails when the disk does.
    pub async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.size += chunk.len() as u64;
        if let Sink::Memory(content) = &mut self.sink {
            if content.len() + chunk.len() <= self.memory_limit {
                content.extend_from_slice(chunk);
                return Ok(());
            }
            let content = std::mem::take(content);
            let (mut file, path) = temporary_file(self.directory.clone()).await?;
            file.write_all(&content).await?;
            self.sink = Sink::Disk { file, path };
        }
        match &mut self.sink {
            Sink::Memory(_) => Ok(()),
            Sink::Disk { file, .. } => file.write_all(chunk).await,
        }
    }

    /// The bytes so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The bytes that are held in memory: all or, once there is a temporary file, none.
    #[must_use]
    pub fn memory(&self) -> usize {
        match &self.sink {
            Sink::Memory(content) => content.len(),
            Sink::Disk { .. } => 0,
        }
    }

    /// The file, under the base name of `name`; see [`UploadedFile::in_memory`].
    pub async fn finish(
        self,
        name: &str,
        content_type: Option<String>,
    ) -> io::Result<UploadedFile> {
        let content = match self.sink {
            Sink::Memory(content) => Content::Memory(content.freeze()),
            Sink::Disk { mut file, path } => {
                file.flush().await?;
                Content::Disk(Arc::new(path))
            }
        };
        Ok(UploadedFile {
            name: base_name(name).unwrap_or_default(),
            content_type,
            size: self.size,
            content,
        })
    }
}

impl fmt::Debug for UploadWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadWriter")
            .field("size", &self.size)
            .field("memory", &self.memory())
            .finish_non_exhaustive()
    }
}

async fn temporary_file(directory: PathBuf) -> io::Result<(fs::File, TemporaryFile)> {
    let made = task::spawn_blocking(move || {
        let (file, path) = NamedTempFile::with_prefix_in("upload-", directory)?.into_parts();
        Ok::<_, io::Error>((file, TemporaryFile(Some(path))))
    });
    let (file, path) = made.await.map_err(io::Error::other)??;
    Ok((fs::File::from_std(file), path))
}

/// The name of a file on disk that goes away with this value.
struct TemporaryFile(Option<TempPath>);

impl TemporaryFile {
    fn path(&self) -> &Path {
        self.0.as_deref().expect("the path is there until the drop")
    }

    /// Gives the file a name for good, unless there is something of that name.
    fn persist(mut self, path: &Path) -> io::Result<()> {
        let part = self.0.take().expect("the path is there until the drop");
        part.persist_noclobber(path).map_err(|failed| failed.error)
    }
}

impl Drop for TemporaryFile {
    /// To free a large file takes a while, so it is not done on the event loop. A runtime that
    /// shuts down drops the closure, and with it the file.
    fn drop(&mut self) {
        let path = self.0.take();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn_blocking(move || drop(path));
        }
    }
}

/// Django: `MultiPartParser.sanitize_file_name`.
fn base_name(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|char| !char.is_control()).collect();
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tokio::io::AsyncReadExt;

    use super::*;

    #[test]
    fn only_the_base_name_is_kept() {
        let table = [
            ("a.txt", Some("a.txt")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\ann\a.txt", Some("a.txt")),
            ("a\0b\r\n.txt", Some("ab.txt")),
            (" a b.txt ", Some("a b.txt")),
            (".hidden", Some(".hidden")),
            ("étude.pdf", Some("étude.pdf")),
            ("", None),
            ("..", None),
            ("a/..", None),
            ("a/", None),
            ("\0", None),
        ];
        for (path, name) in table {
            assert_eq!(base_name(path).as_deref(), name, "{path:?}");
        }
    }

    async fn uploaded(memory_limit: usize, directory: &Path) -> UploadedFile {
        let mut writer = UploadWriter::new(memory_limit, directory);
        for chunk in ["hel", "lo wor", "ld"] {
            writer.write(chunk.as_bytes()).await.unwrap();
        }
        assert_eq!(writer.size(), 11);
        assert_eq!(writer.memory(), if memory_limit < 11 { 0 } else { 11 });
        writer.finish("dir/a.txt", None).await.unwrap()
    }

    #[tokio::test]
    async fn a_file_reads_alike_from_memory_and_from_disk() {
        let directory = tempfile::tempdir().unwrap();
        for memory_limit in [0, 5, 10, 11, 100] {
            let file = uploaded(memory_limit, directory.path()).await;
            assert_eq!((file.name(), file.size()), ("a.txt", 11));
            assert_eq!(file.path().is_some(), memory_limit < 11);
            assert_eq!(file.bytes().await.unwrap(), "hello world");
            let mut text = String::new();
            file.open()
                .await
                .unwrap()
                .read_to_string(&mut text)
                .await
                .unwrap();
            assert_eq!(text, "hello world");
        }
    }

    #[tokio::test]
    async fn save_as_makes_a_new_file() {
        let directory = tempfile::tempdir().unwrap();
        for memory_limit in [0, 100] {
            let file = uploaded(memory_limit, directory.path()).await;
            let path = directory.path().join(format!("saved-{memory_limit}"));
            file.save_as(&path).await.unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"hello world");
            let again = file.save_as(&path).await.unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read(&path).unwrap(), b"hello world");
        }
    }

    /// What a runtime has left to do when it ends, it drops or finishes.
    #[test]
    fn the_last_clone_removes_the_temporary_file() {
        let directory = tempfile::tempdir().unwrap();
        let count = || std::fs::read_dir(directory.path()).unwrap().count();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let file = runtime.block_on(async {
            let file = uploaded(5, directory.path()).await;
            let unfinished = {
                let mut writer = UploadWriter::new(0, directory.path());
                writer.write(b"cut").await.unwrap();
                writer
            };
            assert_eq!(count(), 2);
            drop(unfinished);
            let clone = file.clone();
            drop(file);
            clone
        });
        drop(runtime);
        assert_eq!(count(), 1);
        drop(file);
        assert_eq!(count(), 0);
    }
}
