"""Language-model runtimes, one file each; each is imported only when it is asked for."""
