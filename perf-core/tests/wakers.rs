//! A scope stands between a task and its future: no wake-up is lost, and nothing is kept alive.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use perf_core::{Label, Outcome, Recorder, Scope};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::timeout;

/// A task that counts how often it was woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Task {
    fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls the scope for the task and tells which waker the future inside was given.
fn waker_inside(scope: &mut Scope, task: &Arc<Task>) -> Waker {
    let task = Waker::from(Arc::clone(task));
    let poll = |cx: &mut Context<'_>| Poll::Ready(cx.waker().clone());
    match scope.poll(&mut Context::from_waker(&task), poll).0 {
        Poll::Ready(waker) => waker,
        Poll::Pending => unreachable!("it is ready"),
    }
}

/// Fails where a task would wait for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("a wake-up was lost")
}

#[test]
fn a_waker_wakes_its_task_during_the_poll_after_it_after_the_close_and_after_the_drop() {
    let mut scope = Scope::named("job");
    let task = Arc::new(Task::default());
    let outside = Waker::from(Arc::clone(&task));
    _ = scope.poll(&mut Context::from_waker(&outside), |cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert_eq!(task.wakes(), 1, "during the poll");
    let waker = waker_inside(&mut scope, &task);
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(task.wakes(), 3, "after the poll");
    scope.close(Outcome::Ok);
    waker.wake_by_ref();
    assert_eq!(task.wakes(), 4, "after the close");
    drop(scope);
    thread::spawn(move || waker.wake()).join().expect("no panic");
    assert_eq!(task.wakes(), 5, "after the drop, from another thread");
}

#[test]
fn each_task_that_polls_is_the_one_that_is_woken() {
    let mut scope = Scope::named("job");
    let tasks: [Arc<Task>; 3] = Default::default();
    for _ in 0..2 {
        for task in &tasks {
            let before = tasks.each_ref().map(|task| task.wakes());
            waker_inside(&mut scope, task).wake();
            for (other, before) in tasks.iter().zip(before) {
                let expected = before + usize::from(Arc::ptr_eq(other, task));
                assert_eq!(other.wakes(), expected);
            }
        }
    }
}

#[test]
fn a_future_that_stores_its_waker_sees_the_same_one_at_each_poll() {
    let mut scope = Scope::named("job");
    let task = Arc::new(Task::default());
    let first = waker_inside(&mut scope, &task);
    assert!(first.will_wake(&waker_inside(&mut scope, &task)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_future_that_moves_between_tasks_wakes_in_each() {
    for _ in 0..500 {
        let (send, receive) = oneshot::channel();
        let mut scope = Box::pin(Scope::named("job").run(receive));
        // One task polls it once, and another waits for it.
        let scope = tokio::spawn(async move {
            let first = poll_fn(|cx| Poll::Ready(scope.as_mut().poll(cx).is_ready())).await;
            assert!(!first, "nothing has been sent");
            (scope,)
        });
        let (scope,) = scope.await.expect("no panic");
        let waiting = tokio::spawn(scope);
        thread::spawn(move || send.send(7)).join().expect("no panic").expect("waited for");
        let (received, _) = soon(waiting).await.expect("no panic");
        assert_eq!(received, Ok(7));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_scopes_of_one_task_are_each_woken_by_other_threads() {
    for round in 0..50 {
        let (senders, mut scopes): (Vec<_>, FuturesUnordered<_>) = (0..50)
            .map(|_| {
                let (send, receive) = oneshot::channel();
                (send, Scope::named("job").run(receive))
            })
            .unzip();
        let sending = thread::spawn(move || {
            for (n, send) in senders.into_iter().enumerate() {
                if (n + round) % 7 == 0 {
                    thread::yield_now();
                }
                send.send(n).expect("waited for");
            }
        });
        let mut sum = 0;
        while let Some((received, _)) = soon(scopes.next()).await {
            sum += received.expect("sent");
        }
        sending.join().expect("no panic");
        assert_eq!(sum, 49 * 50 / 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_within_scopes_beside_other_branches_are_woken() {
    for _ in 0..500 {
        let (send, receive) = oneshot::channel();
        let inner = Scope::named("inner").run(async {
            yield_now().await;
            receive.await
        });
        let outer = Scope::named("outer").run(async {
            tokio::select! {
                received = inner => received.0,
                () = pending() => unreachable!(),
            }
        });
        let waiting = tokio::spawn(outer);
        thread::spawn(move || send.send(7)).join().expect("no panic").expect("waited for");
        assert_eq!(soon(waiting).await.expect("no panic").0, Ok(7));
    }
}

#[tokio::test]
async fn a_task_that_ends_or_is_aborted_frees_its_future_and_its_recorder() {
    for ends in [true, false] {
        let recorder = Recorder::builder().build();
        let canary = Arc::new(());
        let watched = Arc::downgrade(&canary);
        let (send, receive) = oneshot::channel::<()>();
        let task = tokio::spawn(recorder.scope(Label::job("job")).run(async move {
            _ = receive.await;
            drop(canary);
        }));
        yield_now().await;
        if ends {
            send.send(()).expect("waited for");
        } else {
            task.abort();
        }
        assert_eq!(task.await.is_ok(), ends);
        assert_eq!(watched.strong_count(), 0);
        assert_eq!(recorder.snapshot().routes[0].in_flight, 0);
    }
}

/// The task of a simple executor: its waker owns the future.
struct Owning {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    _canary: Arc<()>,
}

impl Owning {
    fn of(future: impl Future<Output = ()> + Send + 'static) -> (Arc<Self>, Weak<()>) {
        let canary = Arc::new(());
        let watched = Arc::downgrade(&canary);
        let task = Self { future: Mutex::new(Some(Box::pin(future))), _canary: canary };
        (Arc::new(task), watched)
    }
}

impl Wake for Owning {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let future = &mut *self.future.lock().expect("no panic");
        let is_done = future
            .as_mut()
            .is_none_or(|future| future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        if is_done {
            *future = None;
        }
    }
}

#[test]
fn a_waker_that_owns_its_future_is_freed_when_the_future_is_done() {
    let (send, receive) = oneshot::channel::<()>();
    let (task, watched) = Owning::of(async {
        Scope::named("job").run(receive).await.0.expect("sent");
    });
    task.wake();
    assert_eq!(watched.strong_count(), 1, "it waits");
    thread::spawn(move || send.send(())).join().expect("no panic").expect("waited for");
    assert_eq!(watched.strong_count(), 0);
}

#[test]
fn a_waker_that_owns_its_future_is_freed_when_the_executor_drops_the_future() {
    let (task, watched) = Owning::of(async {
        Scope::named("job").run(pending::<()>()).await;
    });
    Arc::clone(&task).wake();
    assert_eq!(watched.strong_count(), 1, "it waits");
    *task.future.lock().expect("no panic") = None;
    drop(task);
    assert_eq!(watched.strong_count(), 0);
}
