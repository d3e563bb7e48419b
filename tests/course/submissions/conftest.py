collect_ignore_glob = ["*"]  # what students might hand in: read by test_assignments.py, and no test
