foreach(subject buffer error file group operation path retry secret settings threads value)
  unit_test(base/${subject} FLOORS base)
endforeach()
