"""Training loops with a teacher that look right: one function per mistake, as it stands in real code. Chapter 10.

Each trains ``student`` in place on rows x, y as `right` does. ``loss`` is a function of (z, v, y).
"""

import torch


def right(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        student.train()
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()
        student.eval()  # as a look at its accuracy would leave it
        student(x)


def cached_outputs(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    with torch.no_grad():
        cached = [teacher(x[rows]) for rows in torch.randperm(len(y)).split(batch_size)]
    for _ in range(epochs):
        for rows, v in zip(torch.randperm(len(y)).split(batch_size), cached, strict=True):
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()


def teacher_in_train_mode(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()


def eval_never_undone(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    student.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()
        student.eval()
        student(x)


def teacher_with_gradient(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            optimizer.zero_grad()
            loss(student(x[rows]), teacher(x[rows]), y[rows]).backward()
            optimizer.step()


def teacher_trained_too(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD([*student.parameters(), *teacher.parameters()], lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            optimizer.zero_grad()
            loss(student(x[rows]), teacher(x[rows]), y[rows]).backward()
            optimizer.step()


def teacher_and_student_swapped(student, teacher, x, y, loss, epochs, batch_size, lr):
    teacher, student = student, teacher
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()


def student_without_gradient(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v, z = teacher(x[rows]), student(x[rows])
            optimizer.zero_grad()
            loss(z.requires_grad_(), v, y[rows]).backward()
            optimizer.step()


def gradients_pile_up(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()


def teacher_on_both_sides(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(v.clone().requires_grad_(), v, y[rows]).backward()
            optimizer.step()


def rows_and_labels_apart(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        x = x[torch.randperm(len(y))]
        for rows in torch.arange(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()


def one_batch_an_epoch(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    teacher.eval()
    for _ in range(epochs):
        rows = torch.randperm(len(y))[:batch_size]
        with torch.no_grad():
            v = teacher(x[rows])
        optimizer.zero_grad()
        loss(student(x[rows]), v, y[rows]).backward()
        optimizer.step()
