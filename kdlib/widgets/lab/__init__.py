"""Labs: students that learn in the kernel while a class watches, their curves and their decision map."""
