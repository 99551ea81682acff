"""`.await` in a cell."""

from client import SOON, Cells

LATER = """
struct Later(bool);
impl std::future::Future for Later {
    type Output = u32;
    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context) -> std::task::Poll<u32> {
        if std::mem::replace(&mut self.0, true) { return std::task::Poll::Ready(7); }
        let waker = context.waker().clone();
        std::thread::spawn(move || { std::thread::sleep(std::time::Duration::from_millis(100)); waker.wake() });
        std::task::Poll::Pending
    }
}
async fn twice() -> u32 { Later(false).await + Later(false).await }
async fn fails() -> std::result::Result<u32, String> { Err("no mouse".to_string()) }
async fn never() { std::future::pending::<()>().await }
"""


class Waiting(Cells):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        outcome = cls.kernel.run(LATER + "let kept = vec![1, 2];")
        assert outcome.status == "ok", outcome.of("error")

    def test_values_and_variables(self):
        self.assertEqual(self.run_ok("twice().await").result, {"text/plain": "14"})
        self.run_ok("let got = twice().await;\nlet text = String::from(\"a\");")
        self.assertEqual(self.run_ok("(got, text)").result, {"text/plain": "(14, \"a\")"})
        self.run_ok("let mut sum = 0;\nfor _ in 0..2 { sum += Later(false).await; }\nprintln!(\"{}\", twice().await);")
        self.assertEqual(self.run_ok("sum").result, {"text/plain": "14"})
        self.run_ok("let add = async |n: u32| n + Later(false).await;\nlet more = add(1).await;")
        self.assertEqual(self.run_ok("more").result, {"text/plain": "8"})
        # An older variable that the cell moves away and one that it changes.
        self.run_ok("let mut list = vec![0u32];")
        self.run_ok("list.push(twice().await);\nlet taken = kept;")
        self.assertEqual(self.run_ok("(list, taken, kept)").result, {"text/plain": "([0, 14], [1, 2], [1, 2])"})

    def test_failures_have_their_line(self):
        _, value, trace = self.run_error("let a = 1;\nlet n = fails().await?;")
        self.assertIn("no mouse", value)
        self.assertIn("2 | let n = fails().await?;", trace)
        _, value, trace = self.run_error("let a = 1;\nlet n: String = twice().await;")
        self.assertIn("mismatched types", value)
        self.assertIn("2 | let n: String = twice().await;", trace)
        self.assertIn("async", self.run_error("fn f() -> u32 { twice().await }")[1])

    def test_a_stop_ends_the_wait(self):
        outcome, seconds = self.stop("never().await;\nprintln!(\"after\");")
        self.assertEqual(outcome.error[0], "Interrupted")
        self.assertLess(seconds, SOON)
        self.assertEqual(self.run_ok("kept.len()").result, {"text/plain": "2"})
