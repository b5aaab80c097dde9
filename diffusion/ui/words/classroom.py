"""What is said on the page that makes a link for a class, and by the program that serves one."""

TITLE = "A link for a class"
INTRODUCTION = (
    "Choose what the class shall see, and press the button. The link says all of it: nothing is kept here, and a "
    "learner who starts afresh keeps your choice of tabs and size. It is an arrangement and no lock: who edits the "
    "address sees all tabs."
)
TABS, TABS_NOTE = "Tabs to show", "Those without a tick are hidden."
PROJECTOR = "For a projector: large text, large sprites"
FORGET = "Forget, each time it is opened, what the browser kept: favourites, the tour, settings (for shared devices)"
LESSON, NO_LESSON = "Lesson to begin with", "none"
MAKE = "Make the link"
RESULT, ALTERNATIVE = "The link", "The link as a QR code"
SHEET = "The lessons on paper"
HERE_ONLY = (
    "This address leads to this machine alone. For a class, start the lab with <code>python app.py --class</code> and "
    "open this page by the address that it says."
)
FOR_TEACHERS = "Make a link for a class: choose tabs, a lesson, large text for a projector"
ODD_HOST = "the name by which this page was asked for cannot be: it has letters, digits, dots, hyphens, and a port."

REACHED = "A class on the same network opens {addresses}."
MAKES_LINKS = "Teachers choose there at /class what a class sees."
UNREACHED = "This machine is in no network: nobody else can reach it."
