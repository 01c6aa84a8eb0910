foreach(subject buffer error file group operation path retry secret settings value)
  unit_test(base/${subject} FLOORS base)
endforeach()
