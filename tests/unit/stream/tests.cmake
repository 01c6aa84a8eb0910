foreach(subject file memory source)
  unit_test(stream/${subject} FLOORS base stream)
endforeach()
