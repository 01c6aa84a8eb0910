unit_test(http/response FLOORS base http)
unit_test(http/client FLOORS base http)
unit_test(http/early_answer FLOORS base http)
