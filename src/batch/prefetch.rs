//! Reads the next batch while the current one is written.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::error::Result;

/// Delay before the read begins: on a machine with few processors, a read that began at
/// the same time would delay the start of the write.
const HEAD_START: Duration = Duration::from_millis(2);

/// Runs a write and a read concurrently, and returns the result of the read. If the
/// write fails, the read is dropped; the write always runs to its end.
pub(crate) async fn prefetch<R>(write: impl Future<Output = Result<()>>, read: impl Future<Output = R>) -> Result<R> {
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
        result = &mut read => {
            write.await?;
            Ok(result)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    /// Fails after a delay.
    async fn fail_after(span: Duration) -> Result<()> {
        sleep(span).await;
        Err(Error::invalid("the write failed"))
    }

    #[tokio::test]
    async fn prefetch_returns_result_of_read() {
        for span in [Duration::ZERO, 5 * HEAD_START] {
            let write = async {
                sleep(span).await;
                Ok(())
            };
            assert_eq!(prefetch(write, async { 7 }).await.unwrap(), 7);
        }
    }

    #[tokio::test]
    async fn prefetch_returns_error_of_write() {
        assert!(prefetch(fail_after(Duration::ZERO), std::future::pending::<()>()).await.is_err());
        assert!(prefetch(fail_after(5 * HEAD_START), std::future::pending::<()>()).await.is_err());
        assert!(prefetch(fail_after(5 * HEAD_START), async { 7 }).await.is_err());
    }
}
