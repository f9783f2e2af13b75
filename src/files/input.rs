//! Reading what may keep its reader waiting: a pipe, a terminal, a socket. A
//! signal ends the wait.

use std::error::Error as StdError;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long after a signal the wait ends at the latest.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// An open file, pipe or terminal.
pub(crate) struct Input {
    file: File,
    may_wait: bool,
    stop: Box<dyn Fn() -> bool + Send>,
}

impl Input {
    pub(crate) fn of_file(file: File) -> Self {
        Input { file, may_wait: false, stop: Box::new(|| false) }
    }

    pub(crate) fn that_may_wait(file: File) -> Self {
        Input { may_wait: true, ..Input::of_file(file) }
    }

    /// Ends a wait with an error once `stop` answers true: see [`is_stopped`].
    pub(crate) fn until(self, stop: impl Fn() -> bool + Send + 'static) -> Self {
        Input { stop: Box::new(stop), ..self }
    }

    /// Waits until there is something to read, the end included.
    fn wait(&self) -> io::Result<()> {
        loop {
            if (self.stop)() {
                return Err(io::Error::other(Stopped));
            }
            match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&PAUSE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.may_wait {
                self.wait()?;
            }
            match self.file.read(into) {
                // Another reader of the same pipe was faster.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.may_wait => {}
                read => return read,
            }
        }
    }
}

/// A signal ended the wait for input.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted while waiting for input")
    }
}

impl StdError for Stopped {}

/// True if an error, or what caused it, is that a signal ended a wait for input.
pub(crate) fn is_stopped(error: &(dyn StdError + 'static)) -> bool {
    let of_io = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    of_io.and_then(|inner| inner.downcast_ref::<Stopped>()).is_some() || error.source().is_some_and(is_stopped)
}
