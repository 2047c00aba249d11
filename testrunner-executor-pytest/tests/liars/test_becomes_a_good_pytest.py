# expect: crashed; test_a=crashed
# Becomes a pytest that runs something better.
import os
import sys


def test_a(tmp_path):
    (tmp_path / "test_good.py").write_text("def test_good(): pass")
    os.chdir(tmp_path)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "test_good.py"])
