unit_test(http/redact FLOORS base stream http)
unit_test(http/response FLOORS base stream http)
unit_test(http/client FLOORS base stream http)
unit_test(http/early_answer FLOORS base stream http)
unit_test(http/tls_records FLOORS base stream http)
unit_test(http/tls_refusals FLOORS base stream http)

# What fails there is what the linker sends to the test.
unit_test(http/no_memory FLOORS base stream http)
set(curl_calls curl_easy_setopt curl_multi_socket_action curl_multi_cleanup)
list(TRANSFORM curl_calls PREPEND "LINKER:--wrap=")
target_link_options(test_http_no_memory PRIVATE ${curl_calls})
