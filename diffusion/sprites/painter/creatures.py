"""Creatures, the non-heroes: what each kind may look like; their drawings are in maps/creatures.txt."""

from functools import partial

from diffusion.sprites.painter.kinds import NONE, Thing

creature = partial(Thing, "creatures")

CREATURES: tuple[Thing, ...] = (
    creature(
        "slime",
        {
            "skin": ("green", "blue", "pink", "teal", "purple"),
            "white": ("white",),
            "gold": ("gold",),
            "leaf": ("leaf",),
        },
        {
            "shape": ("dome", "drop", "cube", "puddle"),
            "face": ("calm", "happy", "angry", "one eye"),
            "top": (NONE, "crown", "sprout", "horns"),
        },
    ),
    creature(
        "bat",
        {
            "fur": ("purple", "brown", "slate", "crimson", "teal"),
            "eyes": ("spark", "poison"),
            "membrane": ("rose", "shadow"),
            "teeth": ("white",),
        },
        {"wings": ("up", "spread", "down"), "ears": ("tall", "short"), "face": ("fangs", "grin", "sleepy")},
    ),
    creature(
        "skeleton",
        {
            "bones": ("bone", "white", "mint", "ice"),
            "glow": ("red", "cyan", "spark", "poison", "magenta"),
            "steel": ("steel",),
        },
        {
            "pose": ("standing", "arms raised", "with sword"),
            "skull": ("bare", "horned", "cracked", "screaming"),
            "eyes": ("glowing",),
        },
    ),
    creature(
        "ghost",
        {
            "sheet": ("ghost", "ice", "bone", "grape", "teal"),
            "tongue": ("rose",),
            "trinket colour": ("gold", "purple"),
        },
        {
            "pose": ("floating", "swooping", "haunting"),
            "face": ("spooky", "cheeky", "wicked", "weeping"),
            "trinket": ("crown", "bow", "top hat"),
        },
    ),
    creature(
        "spider",
        {
            "hair": ("black", "brown", "indigo", "forest"),
            "marking": ("red", "spark", "cyan", "bone"),
            "eyes": ("red",),
        },
        {
            "legs": ("arched", "raised", "wide"),
            "abdomen": ("hourglass", "stripes", "dots", "skull"),
            "gaze": ("pair", "six"),
        },
    ),
    creature(
        "dragon whelp",
        {
            "scales": ("green", "red", "blue", "purple", "gold", "teal"),
            "belly": ("cream",),
            "wing": ("orange", "cyan"),
            "horn": ("bone",),
        },
        {
            "tail": ("curled", "spade"),
            "body": ("whelp",),
            "wings": ("raised", "swept back"),
            "mouth": (NONE, "open"),
            "horns": ("two", "crest"),
        },
    ),
    creature(
        "mushroom monster",
        {
            "cap colour": ("red", "purple", "orange", "teal", "brown"),
            "stem": ("bone",),
            "spot colour": ("white", "yellow"),
        },
        {
            "body": ("stout",),
            "cap": ("round", "pointed", "drooping"),
            "spots": ("dots", "big", "band"),
            "face": ("calm", "grumpy", "toothy"),
        },
    ),
    creature(
        "golem",
        {
            "rock": ("stone", "grey", "sand", "slate"),
            "glow": ("cyan", "red", "spark", "poison"),
            "moss": ("leaf",),
        },
        {
            "torso": ("blocky",),
            "arms": ("down", "raised", "smashing"),
            "head": ("square", "crested", "mossy"),
            "core": ("gem", "rune", "cracks"),
        },
    ),
    creature(
        "floating eye",
        {
            "skin": ("purple", "crimson", "forest", "slate"),
            "iris": ("lime", "cyan", "yellow", "red"),
            "white": ("bone",),
        },
        {
            "limbs": ("tentacles", "horns", "stalks"),
            "ball": ("round",),
            "gaze": ("ahead", "left", "right"),
            "lid": (NONE, "drowsy", "angry"),
        },
    ),
    creature(
        "wolf",
        {
            "fur": ("grey", "brown", "black", "navy", "white"),
            "chest": ("white", "sand"),
            "eyes": ("spark", "red"),
        },
        {
            "body": ("standing", "sitting", "leaping"),
            "tail": ("up", "down"),
            "head": ("watchful", "snarling", "howling"),
        },
    ),
    creature(
        "goblin",
        {
            "skin": ("green", "lime", "forest", "teal"),
            "cloth": ("brown", "red", "purple"),
            "eyes": ("spark",),
            "wood": ("birch",),
        },
        {
            "ears": ("long", "upturned"),
            "body": ("squat",),
            "head": ("bald", "hooded", "topknot"),
            "face": ("grin", "scowl"),
            "held": (NONE, "club", "spear"),
        },
    ),
    creature(
        "snake",
        {
            "scales": ("green", "red", "purple", "teal", "sand", "black"),
            "belly": ("yellow", "cream", "orange"),
            "red": ("red",),
        },
        {
            "coil": ("banded", "spotted", "zigzag", "ringed"),
            "head": ("cobra", "striking", "flicking"),
        },
    ),
    creature(
        "crab",
        {
            "shell": ("red", "orange", "blue", "purple", "teal"),
            "white": ("white",),
            "mark colour": ("cream", "yellow"),
        },
        {
            "legs": ("eight",),
            "shell shape": ("wide",),
            "claws": ("raised", "low"),
            "face": ("calm", "angry", "happy"),
            "mark": ("spots", "stripes", "rim"),
        },
    ),
    creature(
        "bee",
        {
            "body colour": ("yellow", "orange", "lime", "rose", "sky"),
            "black": ("black",),
            "wing": ("ice", "white", "pink"),
        },
        {
            "wings": ("raised", "swept", "spread"),
            "body": ("plump",),
            "stripes": ("two", "three", "tail"),
            "stinger": ("short",),
            "face": ("smiling", "grim"),
        },
    ),
    creature(
        "snapping plant",
        {
            "bloom colour": ("red", "purple", "orange", "pink", "blue"),
            "leaf": ("leaf", "forest", "teal"),
            "teeth": ("white",),
            "pot": ("copper",),
        },
        {
            "base": ("broad leaves", "pot", "vines"),
            "bloom": ("snapping", "shut", "flower"),
            "freckles": (NONE, "dotted"),
        },
    ),
    creature(
        "imp",
        {
            "skin": ("red", "purple", "blue", "orange", "green"),
            "horn": ("bone",),
            "eyes": ("spark",),
            "wing": ("crimson", "shadow", "navy"),
        },
        {
            "wings": ("raised", "lowered"),
            "tail": ("right", "left"),
            "body": ("squat",),
            "horns": ("long", "curled", "stubby"),
            "face": ("grin", "scowl"),
        },
    ),
    creature(
        "rat",
        {
            "fur": ("grey", "brown", "black", "white", "sand"),
            "skin": ("pink", "salmon"),
            "eyes": ("red", "black"),
            "cheese": ("cheese",),
        },
        {
            "tail": ("raised", "trailing"),
            "body": ("crouching", "upright"),
            "ear": ("round", "pointed"),
            "snack": (NONE, "cheese"),
        },
    ),
    creature(
        "owl",
        {
            "plumage": ("brown", "grey", "white", "chestnut", "navy"),
            "face": ("cream", "sand"),
            "eyes": ("spark",),
            "beak": ("gold",),
        },
        {
            "wings": ("folded", "spread", "raised"),
            "body": ("round",),
            "tufts": ("pointed", "feathery"),
            "gaze": ("wide", "drowsy", "stern"),
            "belly": ("chevrons", "specks"),
        },
    ),
    creature(
        "frog",
        {
            "skin": ("green", "lime", "teal", "blue", "orange", "brown"),
            "belly": ("cream", "yellow"),
            "eyes": ("spark", "red"),
            "tongue": ("rose",),
            "gold": ("gold",),
        },
        {
            "body": ("sitting",),
            "eyes shape": ("round", "half closed"),
            "mouth": ("smile", "tongue", "open"),
            "skin mark": ("warts", "stripe", "crown"),
        },
    ),
    creature(
        "beetle",
        {
            "case colour": ("red", "green", "blue", "gold", "purple"),
            "black": ("black",),
            "mark colour": ("black", "cream"),
        },
        {
            "legs": ("stout",),
            "case": ("oval", "narrow"),
            "head": ("horned", "pincers", "feelers"),
            "mark": ("spots", "bands", "crescents"),
        },
    ),
    creature(
        "octopus",
        {
            "skin": ("purple", "red", "orange", "teal", "pink", "blue"),
            "eyes": ("white",),
            "mark colour": ("cream",),
        },
        {
            "arms": ("resting", "curled", "raised"),
            "head": ("round", "pointed"),
            "face": ("calm", "angry", "startled"),
            "mark": (NONE, "dots"),
        },
    ),
    creature(
        "treant",
        {
            "bark": ("walnut", "oak", "stone", "birch"),
            "foliage": ("leaf", "forest", "orange", "pink"),
            "eyes": ("spark",),
        },
        {
            "trunk": ("gnarled",),
            "boughs": ("raised", "hanging"),
            "crown": ("leafy", "pine", "sparse"),
            "face": ("wise", "angry", "gaping"),
        },
    ),
    creature(
        "turtle",
        {
            "shell": ("brown", "forest", "blue", "crimson", "purple"),
            "skin": ("lime", "sand", "teal"),
            "pattern colour": ("yellow",),
        },
        {
            "legs": ("walking",),
            "shell shape": ("round", "spiked"),
            "pattern": ("plates", "spots", "rings"),
            "head": ("forward", "raised"),
        },
    ),
    creature(
        "scorpion",
        {
            "shell": ("black", "red", "sand", "indigo", "teal"),
            "sting": ("poison", "magenta", "orange"),
            "eyes": ("spark",),
        },
        {
            "legs": ("eight",),
            "tail": ("arched", "upright", "curled"),
            "body": ("armoured",),
            "back": (NONE, "striped", "spotted"),
            "claws": ("open", "closed"),
            "gaze": ("glare",),
        },
    ),
    creature(
        "mimic",
        {
            "wood": ("oak", "walnut", "crimson", "forest"),
            "metal": ("gold", "steel"),
            "tongue colour": ("rose",),
            "teeth": ("white",),
            "glow": ("spark",),
        },
        {
            "lid": ("domed", "flat"),
            "mouth": ("wide", "fanged"),
            "box": ("banded",),
            "tongue": ("hanging", "licking", "hidden"),
            "eyes": ("pair", "one", "three"),
        },
    ),
    creature(
        "jellyfish",
        {
            "skin": ("pink", "sky", "purple", "teal", "orange"),
            "mark colour": ("cream", "yellow"),
        },
        {
            "tentacles": ("wavy", "spread", "frilly"),
            "bell": ("dome", "wide", "tall"),
            "mark": ("spots", "rings", "face"),
        },
    ),
    creature(
        "jack-o'-lantern",
        {
            "rind": ("orange", "yellow", "bone"),
            "glow": ("spark", "poison", "cyan"),
            "stalk": ("birch",),
            "leaf": ("leaf",),
            "hat": ("indigo",),
        },
        {
            "shape": ("round", "tall", "squat"),
            "top": ("stalk", "leafy", "witch hat"),
            "face": ("grin", "scary", "surprised"),
        },
    ),
    creature(
        "snail",
        {
            "shell": ("brown", "orange", "blue", "pink", "purple"),
            "skin": ("sand", "lime", "grey"),
            "pattern colour": ("cream", "yellow"),
        },
        {
            "foot": ("creeping",),
            "head": ("alert", "resting"),
            "shell shape": ("round", "pointed"),
            "pattern": ("spiral", "bands", "spots"),
        },
    ),
    creature(
        "butterfly",
        {
            "wing": ("orange", "blue", "purple", "brown", "lime"),
            "body colour": ("black",),
            "mark colour": ("cream", "yellow", "red"),
        },
        {
            "wings": ("broad", "pointed", "swallowtail"),
            "body": ("slim",),
            "feelers": ("curly", "feathery"),
            "mark": ("eyespots", "bands", "dots"),
        },
    ),
)
