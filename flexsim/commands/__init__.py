"""The commands of flexsim: a module each, which says what it is and which options it takes."""
