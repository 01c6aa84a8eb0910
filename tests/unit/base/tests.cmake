foreach(subject buffer error file group operation path retry settings value)
  unit_test(base/${subject} FLOORS base)
endforeach()
