// Empty on purpose: with an assembly file in the package, the compiler accepts functions
// without a body, which executor.go links by name.
