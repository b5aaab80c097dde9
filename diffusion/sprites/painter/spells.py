"""Spells and the things of magic and war: what each may look like; their drawings are in maps/spells.txt."""

from functools import partial

from diffusion.sprites.painter.kinds import NONE, Thing

FIRES = ("fire", "blue_fire", "violet_fire", "green_fire", "rose_fire", "ghost_fire")

spell = partial(Thing, "spells")

SPELLS: tuple[Thing, ...] = (
    spell(
        "fireball",
        {"flame": FIRES},
        {
            "shape": ("ball", "tall", "flying"),
            "core": ("bright", "drop", "bolt", "star"),
            "sparks": (NONE, "two", "four"),
        },
    ),
    spell(
        "comet",
        {"rock": ("stone", "slate", "shadow", "crimson"), "fire": FIRES},
        {"tail": ("straight", "forked", "curved"), "head": ("round", "jagged", "pitted")},
    ),
    spell(
        "star burst",
        {"light": FIRES, "heart": ("ice", "spark")},
        {"burst": ("star", "jagged", "round", "cross"), "core": ("white", "cross", "rays", "star")},
    ),
    spell(
        "lightning",
        {
            "sky": ("white", "grey", "slate", "shadow", "navy"),
            "bolt": ("spark", "cyan", "violet_fire", "orange"),
        },
        {"bolts": ("one", "two", "forked"), "cloud": ("wide", "tall", "layered")},
    ),
    spell(
        "tornado",
        {
            "wind": ("white", "sky", "teal", "sand", "shadow", "slate"),
            "litter": ("leaf", "orange", "stone", "spark"),
        },
        {"debris": ("leaves", "dust", "stones"), "funnel": ("straight", "bent", "wide")},
    ),
    spell(
        "ice crystal",
        {"ice": ("ice", "sky", "cyan", "teal", "indigo"), "ground": ("white", "slate", "stone")},
        {"growth": ("shard", "pair", "cluster", "spikes"), "base": ("snow", "rock", "frost")},
    ),
    spell(
        "magic circle",
        {"disc": ("blue", "purple", "crimson", "teal"), "glow": ("spark", "ice", "pink")},
        {"rim": ("plain", "runes", "spiked"), "glyph": ("star", "moon", "eye", "rune", "sun")},
    ),
    spell(
        "heart",
        {"colour": ("red", "pink", "magenta", "green", "cyan", "purple"), "light": ("white", "gold", "sky")},
        {
            "body": ("plain",),
            "adornment": ("wings", "halo", "crown", "arrow"),
            "sign": (NONE, "plus", "star"),
        },
    ),
    spell(
        "wand",
        {
            "gem": ("yellow", "cyan", "pink", "lime", "purple"),
            "wood": ("oak", "walnut", "black"),
            "trim": ("gold", "steel"),
        },
        {"stick": ("plain", "handled"), "tip": ("star", "orb", "heart", "moon")},
    ),
    spell(
        "sceptre",
        {
            "rod": ("oak", "walnut", "gold", "bone", "steel"),
            "gem": ("red", "cyan", "lime", "purple", "pink"),
            "trim": ("crimson", "blue"),
        },
        {"shaft": ("plain", "banded"), "head": ("claw", "orb")},
    ),
    spell(
        "crystal ball",
        {"orb": ("blue", "purple", "teal", "magenta", "indigo"), "metal": ("gold", "steel", "walnut")},
        {
            "stand": ("claw", "base", "feet"),
            "ball": ("clear",),
            "vision": ("swirl", "star", "moon", "eye", "bolt"),
        },
    ),
    spell(
        "tome",
        {
            "cover": ("crimson", "blue", "forest", "purple", "leather"),
            "metal": ("gold", "steel"),
            "page": ("cream",),
        },
        {
            "shape": ("flat", "thick"),
            "binding": ("bands", "corners", "clasp"),
            "emblem": ("star", "moon", "eye", "gem"),
        },
    ),
    spell(
        "spell book",
        {
            "cover": ("crimson", "blue", "forest", "purple", "walnut"),
            "ink": ("navy", "crimson", "green", "purple"),
            "page": ("cream",),
        },
        {
            "spread": ("open",),
            "left": ("lines", "rune", "triangle"),
            "right": ("star", "moon", "bolt", "eye"),
        },
    ),
    spell(
        "scroll",
        {
            "paper": ("cream", "sand"),
            "rod": ("gold", "walnut", "crimson"),
            "ink": ("crimson", "blue", "forest"),
        },
        {"shape": ("upright", "wide", "curled"), "writing": ("lines", "rune", "star", "cross")},
    ),
    spell(
        "potion",
        {
            "liquid": ("red", "orange", "yellow", "lime", "cyan", "blue", "purple", "pink"),
            "stopper": ("oak", "gold"),
            "glass": ("white",),
        },
        {"flask": ("round", "tall", "cone", "heart"), "mark": ("bubbles", "swirl", "label", "star")},
    ),
    spell(
        "hourglass",
        {
            "stand": ("gold", "steel", "oak", "walnut"),
            "sand": ("sand", "red", "blue", "green", "purple", "pink"),
            "glass": ("white",),
        },
        {"frame": ("plain", "domed", "bare"), "filling": ("full", "half", "low")},
    ),
    spell(
        "gem",
        {
            "hue": ("red", "orange", "yellow", "green", "teal", "cyan", "blue", "indigo", "purple", "pink"),
        },
        {"cut": ("brilliant", "step", "long", "drop", "kite", "hexagon"), "sparkle": (NONE, "left", "right")},
    ),
    spell(
        "amulet",
        {"gem": ("red", "green", "cyan", "purple", "pink"), "metal": ("gold", "steel", "copper")},
        {"chain": ("fine", "beads", "loop"), "pendant": ("round", "drop", "cross", "shield")},
    ),
    spell(
        "ring",
        {"metal": ("gold", "steel", "copper"), "stone": ("red", "green", "blue", "cyan", "purple", "pink")},
        {"band": ("plain", "twisted", "studded"), "gem": ("round", "square", "diamond", "star")},
    ),
    spell(
        "key",
        {"metal": ("gold", "steel", "copper", "iron"), "gem": ("red", "green", "blue", "purple")},
        {"bow": ("ring", "clover", "heart", "square"), "bit": ("two", "block", "double")},
    ),
    spell(
        "torch",
        {"fire": FIRES, "metal": ("steel", "gold", "iron", "copper"), "wood": ("walnut",)},
        {"flame": ("tall", "wind", "round"), "holder": ("cup", "wrapped", "cone")},
    ),
    spell(
        "bomb",
        {
            "metal": ("black", "navy", "iron"),
            "fire": ("fire", "blue_fire", "violet_fire"),
            "rope": ("bone",),
        },
        {
            "shell": ("round", "spiked", "grenade"),
            "mark": ("skull", "band", "bolt"),
            "fuse": ("short", "left", "right"),
        },
    ),
    spell(
        "banner",
        {"cloth": ("crimson", "blue", "forest", "purple", "black"), "trim": ("gold", "white", "sky")},
        {"tail": ("pointed", "forked", "toothed"), "sign": ("star", "moon", "cross", "crown", "flame")},
    ),
    spell(
        "shield",
        {"field": ("crimson", "blue", "forest", "purple", "teal"), "rim": ("gold", "steel", "white")},
        {"shape": ("round", "heater", "tower"), "emblem": ("cross", "star", "chevron", "boss", "bend")},
    ),
    spell(
        "sword",
        {
            "metal": ("steel", "copper", "ice", "slate"),
            "hilt": ("gold", "iron", "bronze"),
            "gem": ("red", "cyan"),
        },
        {"blade": ("straight", "broad", "curved"), "guard": ("cross", "winged", "ring")},
    ),
    spell(
        "dagger",
        {
            "metal": ("steel", "copper", "ice", "slate"),
            "hilt": ("gold", "iron", "oak"),
            "gem": ("red", "green"),
        },
        {"blade": ("leaf", "wavy", "hooked"), "guard": ("straight", "crescent", "disc")},
    ),
    spell(
        "axe",
        {
            "metal": ("steel", "bronze", "gold", "ice", "slate"),
            "wood": ("oak", "walnut"),
            "leather": ("red", "navy", "forest"),
        },
        {"handle": ("plain", "wrapped"), "head": ("double", "bearded", "crescent")},
    ),
    spell(
        "hammer",
        {
            "metal": ("steel", "iron", "stone", "bronze"),
            "wood": ("oak", "walnut", "leather"),
            "trim": ("gold", "red", "blue"),
        },
        {"handle": ("plain", "wrapped"), "head": ("block", "spiked", "flared")},
    ),
    spell(
        "trident",
        {
            "metal": ("steel", "bronze", "gold", "ice"),
            "wood": ("oak", "walnut"),
            "cloth": ("red", "blue", "green"),
        },
        {"shaft": ("cuffed", "ribboned", "wrapped"), "head": ("square", "barbed", "curved")},
    ),
    spell(
        "bow",
        {
            "wood": ("oak", "walnut", "birch", "bronze", "gold"),
            "grip": ("red", "green", "blue", "purple"),
            "cord": ("slate",),
        },
        {"string": ("resting", "nocked", "drawn"), "limbs": ("long", "recurve", "horned")},
    ),
    spell(
        "arrow",
        {
            "metal": ("steel", "bronze", "gold", "ice"),
            "wood": ("oak", "walnut", "birch"),
            "feather": ("red", "green", "blue", "white"),
        },
        {"layout": ("rising", "falling", "pair", "crossed")},
    ),
)
