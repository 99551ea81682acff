"""The kernel under jupyter_kernel_test, Jupyter's own test of kernels; by hand, with what it needs in an environment:

    python3 -m venv /tmp/conformance && /tmp/conformance/bin/pip install jupyter_kernel_test
    JUPYTER_PATH=.lab/share/jupyter /tmp/conformance/bin/python kernel-spec/tests/conformance.py
"""

import unittest

import jupyter_kernel_test


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = "dfdx-lab"
    language_name = "rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("to the other stream");'
    completion_samples = [
        {"text": "Fit::epo", "matches": {"epochs"}},
        {"text": "String::from_utf8_l", "matches": {"from_utf8_lossy"}},
    ]
    complete_code_samples = ["1 + 1", "let a = vec![1, 2];", "fn f() {}", "// a comment", "half(\n1.0\n)", ":vars"]
    incomplete_code_samples = ["fn f() {", "half(1.0,", "let text = \"abc", "/* begun", "let a = [1,", "r#\"raw"]
    invalid_code_samples = [")", "half(1.0]", "}"]
    code_page_something = "?Fit::epochs"
    code_generate_error = "nowhere"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "vec![1, 2]", "result": "[1, 2]"},
        {"code": "Array::zeros([2])?", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "markdown(\"**bold**\");", "mime": "text/markdown"},
        {"code": "display(&Array::zeros([2])?);", "mime": "text/html"},
        {"code": "plot::histogram(&[1.0, 2.0, 2.0])?.evcxr_display();", "mime": "image/png"},
    ]
    code_history_pattern = "6 *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Fit::epochs"
    code_clear_output = "println!(\"old\");\nclear_output();\nprintln!(\"new\");"


if __name__ == "__main__":
    unittest.main()
