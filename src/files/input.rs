//! Interruptible reading of pipes, terminals and sockets.

use std::error::Error as StdError;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Maximum time between a signal and the end of the wait.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// An open file, pipe, terminal or socket.
pub(crate) struct Input {
    file: File,
    may_block: bool,
    stop: Box<dyn Fn() -> bool + Send>,
}

impl Input {
    pub(crate) fn of_file(file: File) -> Self {
        Input { file, may_block: false, stop: Box::new(|| false) }
    }

    pub(crate) fn that_may_block(file: File) -> Self {
        Input { may_block: true, ..Input::of_file(file) }
    }

    /// Ends a wait with an error once `stop` returns true; see [`is_stopped`].
    pub(crate) fn stop_when(self, stop: impl Fn() -> bool + Send + 'static) -> Self {
        Input { stop: Box::new(stop), ..self }
    }

    /// Waits until data or the end of the input can be read.
    fn wait(&self) -> io::Result<()> {
        loop {
            if (self.stop)() {
                return Err(io::Error::other(Stopped));
            }
            match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&POLL_INTERVAL)) {
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
            if self.may_block {
                self.wait()?;
            }
            match self.file.read(into) {
                // Another reader of the same pipe consumed the data.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.may_block => {}
                read => return read,
            }
        }
    }
}

/// The error of a wait that a signal ended.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted while waiting for input")
    }
}

impl StdError for Stopped {}

/// Returns true if an error or one of its sources is that a signal ended a wait for input.
pub(crate) fn is_stopped(error: &(dyn StdError + 'static)) -> bool {
    let of_io = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    of_io.and_then(|inner| inner.downcast_ref::<Stopped>()).is_some() || error.source().is_some_and(is_stopped)
}
