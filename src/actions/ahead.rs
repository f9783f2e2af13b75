//! Reading ahead while something is written.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::error::Result;

/// What a write needs to be under way. On few processors a read that began with
/// it would take the one that it needs for that.
const HEAD_START: Duration = Duration::from_millis(2);

/// Runs a write with a read beside it, and answers what was read. A write that
/// fails is told at once; one that is under way is never given up, whatever
/// became of the read.
pub(super) async fn beside<R>(write: impl Future<Output = Result<()>>, read: impl Future<Output = R>) -> Result<R> {
    let (mut write, mut read) = (pin!(write), pin!(read));
    tokio::select! {
        biased;
        written = &mut write => {
            written?;
            return Ok(read.await);
        }
        () = sleep(HEAD_START) => {}
    }
    tokio::select! {
        biased;
        written = &mut write => {
            written?;
            Ok(read.await)
        }
        seen = &mut read => {
            write.await?;
            Ok(seen)
        }
    }
}
