"""Six lessons of about five minutes through the tabs, in the course's order: guess, do, see, and why it is so."""

from typing import NamedTuple


class Lesson(NamedTuple):
    """A lesson; `done` names what the page itself sees happen, see components/tour/tour.js."""

    key: str
    title: str
    tab: str
    question: str
    choices: tuple[str, ...]
    right: int   # the place of the right choice
    task: str
    done: str
    why: str


LESSONS = (
    Lesson(
        "noise", "What noise hides", "noise",
        "How much of a picture can be noise before nobody can tell what kind of sprite it was, not even somebody who "
        "knows every training sprite by heart?",
        ("about 30 %", "about 60 %", "about 90 %"), 2,
        "Drag the bar from sprite to noise until the sentence beside it begins with “No idea”.",
        "no_idea",
        "Bob is known for sure with more than half noise: 256 pixels in three colours are many hints, each a weak "
        "one. Near 90 % even the kind is lost, and the best guess is the mean of all sprites: grey. That is where a "
        "diffusion model starts to draw.",
    ),
    Lesson(
        "sampling", "Why noise is added back", "sample",
        "After each step that removes noise, DDPM adds a little fresh noise. What happens if it does not?",
        ("The sprites become sharper", "The sprites become plain and blurred", "Nothing that one sees"), 1,
        "Open “Break it” in the Sample tab and press “No fresh noise”.",
        "two_runs",
        "The network's guess is a mean of all that is possible, and a mean is smooth. A step of DDPM expects some "
        "noise to be there: without it the picture is smoother than any that the network has seen in training, and "
        "it ends in blobs. Fresh noise keeps each step where the network knows its way.",
    ),
    Lesson(
        "training", "From nothing", "train",
        "A new network knows nothing. What does it draw after its first ten seconds of training?",
        ("Pure noise", "Patches of colour, some with an outline", "Finished sprites"), 1,
        "Press “Start training” and wait until the first loss is drawn. You can stop it then.",
        "learnt",
        "In each step the network is shown noisy sprites and told how wrong its answer is. Colours and white ground "
        "are learnt first, since they lower the loss most; outlines and faces come later.",
    ),
    Lesson(
        "context", "Telling it what to draw", "context",
        "Hero at 1 and food at 0.6, in one vector as in the course: how much food does a classifier see in what "
        "comes out?",
        ("Nearly none", "About a third", "More than half"), 0,
        "In the Context tab set hero to 1 and food to 0.6, or press “hero + 0.6 food”, and look at “What came out”.",
        "hero_and_food",
        "The network never saw two categories at once, so it cannot know that a mix was meant: the stronger number "
        "wins, and 1 % food is left (96 sprites). Press “half hero, half food”: there it is asked for each category "
        "alone, and its answers are mixed at every step. Then both are seen.",
    ),
    Lesson(
        "fast", "Fewer, bigger steps", "race",
        "DDPM takes 500 steps here, DDIM 25, from the same noise with the same network. How much sooner is DDIM done?",
        ("About 2 times", "About 20 times", "About 200 times"), 1,
        "Press “Race” in the tab DDPM vs DDIM and wait for both lanes.",
        "raced",
        "Nearly all time is spent in the network, so a twentieth of the steps takes a twentieth of the time. DDIM "
        "adds no fresh noise: its path is smooth, and big steps stay near it. Whether its sprites are as good is a "
        "question of its own, which the plot under the race answers.",
    ),
    Lesson(
        "mixing", "Between two sprites", "context",
        "A row of sprites leads from a hero to a spell, all from the same noise. What stands in the middle?",
        ("Both pictures, half transparent, one over the other", "A drawing of its own", "Noise"), 1,
        "In the Context tab set a mix and press “Remember this mix as A”, set another and remember it as B, then press "
        "“Draw the path”.",
        "path",
        "What changes along the row is what the network is asked for, not the picture. At each place it draws what "
        "fits the mix and the noise, with outlines and shadows: it is not a cross-fade. Sometimes it jumps: there "
        "one drawing stops fitting and another begins.",
    ),
)   # fmt: skip
ON_PAGE = {
    "place": "Lesson {k} of {n}, about five minutes",
    "guess": "That is my guess",
    "guessed": "Your guess: {guess}.",
    "waiting": "As soon as it has happened, it goes on here.",
    "skip": "Go on without",
    "right": "Your guess was right: {right}.",
    "wrong": "Your guess was {guess}. It is {right}.",
    "next": "Next lesson",
    "last": "That was the tour",
    "again": "From the beginning",
    "print": "Print the lessons",
}
TAKE = "Take the tour"
SHEET_SEEN, SHEET_ANSWERS = "What I saw:", "Answers"
SHEET_TITLE = "Six lessons about diffusion models"
SHEET_INTRODUCTION = (
    "Each takes about five minutes at a screen: write down a guess, try it in the lab, and compare. The answers "
    "stand on the last page."
)
