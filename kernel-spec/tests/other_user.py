"""What `other_user.sh` runs as a user who may not write to the installation."""

import os
import pathlib
import subprocess
import unittest

from client import Cells

HOME = pathlib.Path(os.environ["INSTALLATION"])
FIT = """
let x = Array::new([8, 1], vec![0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 3.5])?;
let data = Dataset::new(x, vec![0, 0, 1, 1, 0, 0, 1, 1], ["low", "high"])?;
let mut model = Sequential::new([1]).add(Dense::new(2).activation(Softmax))
    .compile("adam", "categorical_crossentropy", ["accuracy"])?;
model.fit(&data, Fit::epochs(3).verbose(0))?.get("loss").unwrap().len()
"""


class OwnKernel(Cells):
    def test_cells_run_and_variables_stay(self):
        self.assertEqual(self.run_ok("1+1").result, {"text/plain": "2"})
        self.assertEqual(self.run_ok(FIT).result, {"text/plain": "3"})
        self.assertEqual(self.run_ok("data.len()").result, {"text/plain": "8"})

    def test_what_a_person_writes_is_in_their_own_folder(self):
        self.run_ok('model_for_file()?; fn model_for_file() -> Result<()> { Sequential::new([1]).add(Dense::new(1))'
                    '.compile("sgd", "mse", ())?.save("m.dfdx") }')
        self.assertTrue(pathlib.Path("m.dfdx").is_file())

    def test_a_name_is_completed(self):
        reply = self.kernel.reply(self.kernel.client.complete("Sequen"))
        self.assertIn("Sequential", reply["matches"])


class StockKernel(Cells):
    NAME = "dfdx-lab-evcxr"

    def test_cells_run(self):
        self.assertEqual(self.run_ok("1+1").result["text/plain"], "2")


class Command(unittest.TestCase):
    def call(self, *arguments, cwd=None):
        done = subprocess.run([HOME / "bin" / "dfdx-lab", *arguments], capture_output=True, text=True, cwd=cwd)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        return said

    def test_the_installation_cannot_be_written(self):
        self.assertFalse(os.access(HOME, os.W_OK))
        self.assertIn(str(HOME), self.call("doctor"))
        self.assertIn("as it was set up", self.call("setup"))

    def test_notebooks_are_copied_and_reported(self):
        self.call("new", "lab")
        page = pathlib.Path("lab/reports/08-save-and-load.html")
        self.call("report", "08-save-and-load", "--tiny", cwd="lab")
        self.assertTrue(page.is_file())
        self.call("report", "iris", "--tiny", cwd="lab")

    def test_data_sets_are_listed(self):
        self.assertIn("mnist", self.call("data", "list"))

    def test_the_kernels_are_installed_for_one_user(self):
        self.call("install")
        self.assertTrue(pathlib.Path(".local/share/jupyter/kernels/dfdx-lab/kernel.json").is_file())
        self.call("uninstall")


if __name__ == "__main__":
    unittest.main()
