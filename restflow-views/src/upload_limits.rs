//! What a form may contain.

use std::path::{Path, PathBuf};

use restflow_exceptions::ApiError;

const MEBIBYTE: u64 = 1024 * 1024;

/// What a form, urlencoded or multipart, may contain.
///
/// The defaults are Django's where it has any. Those of the API are in
/// [`Settings`](crate::Settings::upload_limits), those of one view on its parser:
/// [`MultiPartParser::with_limits`](crate::MultiPartParser::with_limits). A form with too many
/// parts is a 400, one with too many bytes a 413.
///
/// The texts of a form, with the names of all its parts, are held in memory and together bounded
/// by [`Settings::max_body_size`](crate::Settings::max_body_size).
///
/// ```
/// use restflow_views::{MultiPartParser, Parsers, UploadLimits};
///
/// let videos = UploadLimits::new()
///     .max_files(1)
///     .max_file_size(2 * 1024 * 1024 * 1024)
///     .max_upload_size(2 * 1024 * 1024 * 1024 + 4096);
/// let parsers: Parsers = MultiPartParser.with_limits(videos).into();
/// ```
#[derive(Debug, Clone)]
pub struct UploadLimits {
    pub(crate) max_fields: usize,
    pub(crate) max_field_size: u64,
    pub(crate) max_files: usize,
    pub(crate) max_file_size: u64,
    pub(crate) max_upload_size: u64,
    pub(crate) memory_size: usize,
    pub(crate) temp_dir: PathBuf,
}

impl UploadLimits {
    /// The defaults. Temporary files go to the directory that the system has for them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_fields: 1000,
            max_field_size: MEBIBYTE,
            max_files: 100,
            max_file_size: 64 * MEBIBYTE,
            max_upload_size: 128 * MEBIBYTE,
            memory_size: 2_621_440,
            temp_dir: std::env::temp_dir(),
        }
    }

    /// The most texts. 1,000 by default (Django: `DATA_UPLOAD_MAX_NUMBER_FIELDS`).
    #[must_use]
    pub const fn max_fields(mut self, number: usize) -> Self {
        self.max_fields = number;
        self
    }

    /// The largest text in bytes. 1 MiB by default; Django knows only the sum.
    #[must_use]
    pub const fn max_field_size(mut self, bytes: u64) -> Self {
        self.max_field_size = bytes;
        self
    }

    /// The most files. 100 by default (Django: `DATA_UPLOAD_MAX_NUMBER_FILES`).
    #[must_use]
    pub const fn max_files(mut self, number: usize) -> Self {
        self.max_files = number;
        self
    }

    /// The largest file in bytes. 64 MiB by default; Django has no limit.
    #[must_use]
    pub const fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// The largest multipart body in bytes, texts and files together. 128 MiB by default; Django
    /// has no limit. Raise it with [`max_file_size`](Self::max_file_size).
    #[must_use]
    pub const fn max_upload_size(mut self, bytes: u64) -> Self {
        self.max_upload_size = bytes;
        self
    }

    /// The bytes of files that one request may hold in memory, all its files together; a file
    /// that does not fit goes to a temporary file. 2.5 MiB by default, 0 puts every file on disk
    /// (Django: `FILE_UPLOAD_MAX_MEMORY_SIZE`, which is for each file).
    #[must_use]
    pub const fn memory_size(mut self, bytes: usize) -> Self {
        self.memory_size = bytes;
        self
    }

    /// The directory of temporary files (Django: `FILE_UPLOAD_TEMP_DIR`). A process that is
    /// killed leaves its files, whose names begin with `upload-`.
    ///
    /// # Panics
    ///
    /// When there is no such directory.
    #[must_use]
    pub fn temp_dir(mut self, directory: impl AsRef<Path>) -> Self {
        let directory = directory.as_ref();
        assert!(
            directory.is_dir(),
            "`UploadLimits::temp_dir` must be a directory that exists, `{}` is none: create it \
             before the API is built, or leave it out for that of the system",
            directory.display()
        );
        directory.clone_into(&mut self.temp_dir);
        self
    }

    pub(crate) fn too_many_fields(&self) -> ApiError {
        ApiError::parse_error(format!(
            "Form parse error - more than {} fields",
            self.max_fields
        ))
    }

    pub(crate) fn too_many_files(&self) -> ApiError {
        ApiError::parse_error(format!(
            "Form parse error - more than {} files",
            self.max_files
        ))
    }
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = "`/no/such/place` is none: create it"]
    fn a_missing_directory_is_refused_at_once() {
        let _ = UploadLimits::new().temp_dir("/no/such/place");
    }
}
