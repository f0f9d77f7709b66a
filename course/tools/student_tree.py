"""The folder that students get."""


def make(course, labs, folder, solutions):
    raise NotImplementedError
