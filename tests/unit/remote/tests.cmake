unit_test(remote/checksum FLOORS base stream http remote)
unit_test(remote/pages FLOORS base stream http remote)
unit_test(remote/time_text FLOORS base stream http remote)
