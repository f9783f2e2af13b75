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
pub(crate) async fn beside<R>(write: impl Future<Output = Result<()>>, read: impl Future<Output = R>) -> Result<R> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    /// Ends after so long, and says so.
    async fn after(span: Duration) -> Result<()> {
        sleep(span).await;
        Err(Error::invalid("the write failed"))
    }

    #[tokio::test]
    async fn what_was_read_beside_a_write_is_answered() {
        for span in [Duration::ZERO, 5 * HEAD_START] {
            let write = async {
                sleep(span).await;
                Ok(())
            };
            assert_eq!(beside(write, async { 7 }).await.unwrap(), 7);
        }
    }

    #[tokio::test]
    async fn a_write_that_fails_is_told_whenever_it_does() {
        assert!(beside(after(Duration::ZERO), std::future::pending::<()>()).await.is_err());
        assert!(beside(after(5 * HEAD_START), std::future::pending::<()>()).await.is_err());
        assert!(beside(after(5 * HEAD_START), async { 7 }).await.is_err());
    }
}
