unit_test(backends/fs_key_path FLOORS backend_fs base stream)
unit_test(backends/fs_driver FLOORS backend_fs base stream)
unit_test(backends/fs_foreign FLOORS backend_fs base stream)
unit_test(backends/fs_threads FLOORS backend_fs base stream)
