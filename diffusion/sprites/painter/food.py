"""Food: what each kind may look like; its drawings are in maps/food.txt."""

from functools import partial

from diffusion.sprites.painter.kinds import NONE, Thing

food = partial(Thing, "food")

FOOD: tuple[Thing, ...] = (
    food(
        "apple",
        {
            "skin": ("red", "crimson", "lime", "yellow"),
            "stem": ("walnut",),
            "leafage": ("leaf",),
            "flesh": ("cream",),
        },
        {
            "shape": ("round", "tall", "squat"),
            "leaf": (NONE, "one", "two"),
            "eaten": (NONE, "bite", "core"),
            "speckles": (NONE, "freckles"),
        },
    ),
    food(
        "pear",
        {
            "skin": ("lime", "yellow", "bronze", "rose"),
            "stem": ("walnut",),
            "leafage": ("leaf",),
            "flesh": ("cream",),
        },
        {
            "shape": ("tall", "plump", "leaning"),
            "leaf": (NONE, "one", "two"),
            "eaten": (NONE, "bite"),
            "speckles": (NONE, "freckles", "russet"),
        },
    ),
    food(
        "cherries",
        {
            "skin": ("red", "crimson", "rose", "grape"),
            "stalk": ("leaf", "walnut"),
            "leafage": ("leaf",),
            "petals": ("pink",),
        },
        {
            "bunch": ("two", "one", "three"),
            "leaf": (NONE, "left", "right", "both", "blossom"),
            "dew": (NONE, "drops"),
        },
    ),
    food(
        "grapes",
        {"skin": ("grape", "lime", "crimson", "navy", "indigo"), "stalk": ("walnut",), "leafage": ("leaf",)},
        {
            "bunch": ("wide", "long", "pointed"),
            "stem": ("straight", "hooked", "bar"),
            "leaf": (NONE, "left", "right", "both"),
        },
    ),
    food(
        "banana",
        {
            "skin": ("yellow", "lime", "gold"),
            "tip": ("walnut", "leaf"),
            "spot": ("brown",),
            "flesh": ("cream",),
            "red": ("red",),
            "blue": ("blue",),
        },
        {
            "shape": ("single", "bunch", "pair", "peeled"),
            "spots": (NONE, "few", "many"),
            "sticker": (NONE, "blue", "red"),
        },
    ),
    food(
        "strawberry",
        {
            "skin": ("red", "crimson", "rose", "pink"),
            "leaves": ("leaf",),
            "seed": ("yellow", "cream"),
            "flesh": ("pink",),
            "cream": ("cream",),
        },
        {
            "shape": ("heart", "long", "round"),
            "seeds": ("dense", "sparse"),
            "top": ("star", "bushy", "cream"),
            "eaten": (NONE, "bite"),
        },
    ),
    food(
        "watermelon",
        {
            "rind": ("green", "lime", "forest"),
            "flesh": ("red", "crimson", "rose", "yellow"),
            "pith": ("cream",),
            "seed": ("black",),
        },
        {
            "slice": ("triangle", "nibbled", "moon", "bitten", "round"),
            "seeds": ("few", "many", "scattered"),
        },
    ),
    food(
        "citrus",
        {
            "skin": ("yellow", "lime", "orange", "rose"),
            "stem": ("walnut",),
            "pith": ("cream",),
            "leafage": ("leaf",),
            "petals": ("white",),
            "pollen": ("yellow",),
        },
        {
            "shape": ("lemon", "orange", "half", "wedge"),
            "top": ("stem", "leaf", "two leaves", "blossom"),
            "marks": (NONE, "drops", "pores"),
        },
    ),
    food(
        "pineapple",
        {
            "skin": ("gold", "orange", "yellow"),
            "leaves": ("leaf", "forest", "lime"),
            "plate": ("white",),
            "board": ("oak",),
        },
        {
            "shape": ("tall", "round", "squat"),
            "crown": ("spiky", "bushy", "tall"),
            "stand": (NONE, "plate", "board"),
        },
    ),
    food(
        "carrot",
        {"skin": ("orange", "ginger", "yellow", "grape"), "leaves": ("leaf", "lime", "forest")},
        {
            "shape": ("long", "stubby", "diagonal"),
            "rings": (NONE, "deep"),
            "greens": ("bushy", "feathery", "stubs"),
        },
    ),
    food(
        "pumpkin",
        {
            "skin": ("orange", "ginger", "cream", "forest"),
            "stalk": ("walnut",),
            "leafage": ("leaf",),
            "petals": ("yellow",),
        },
        {
            "shape": ("round", "tall", "flat"),
            "stem": ("short", "crooked", "thick"),
            "vine": (NONE, "leaf", "leaves", "tendril", "flower"),
        },
    ),
    food(
        "tomato",
        {"skin": ("red", "orange", "yellow"), "leaves": ("leaf",), "plate": ("white",), "board": ("oak",)},
        {
            "shape": ("round", "ribbed", "plum", "cut"),
            "calyx": ("star", "vine", "droopy"),
            "dew": (NONE, "drops"),
            "stand": (NONE, "plate", "board"),
        },
    ),
    food(
        "corn",
        {
            "kernels": ("yellow", "gold", "vanilla", "orange"),
            "leaves": ("leaf", "lime", "forest"),
            "plate": ("white",),
        },
        {
            "ear": ("fat", "slim", "stubby"),
            "husk": ("open", "wrapped", "side"),
            "stand": (NONE, "plate"),
        },
    ),
    food(
        "mushroom",
        {
            "cap": ("brown", "crust", "orange", "chestnut", "crimson"),
            "stalk": ("bone", "sand"),
            "spot": ("white",),
        },
        {
            "stem": ("thick", "slim"),
            "cap shape": ("round", "flat", "pointed"),
            "spots": ("few", "many", "patches"),
        },
    ),
    food(
        "bread",
        {
            "crust": ("crust", "rye", "birch", "sand"),
            "sesame": ("cream",),
            "board": ("oak",),
            "plate": ("white",),
        },
        {
            "shape": ("loaf", "boule", "tin"),
            "slashes": ("three", "cross", "ear"),
            "seeds": (NONE, "sesame"),
            "stand": (NONE, "board", "plate"),
        },
    ),
    food(
        "toast",
        {
            "crust": ("crust", "caramel", "rye", "birch"),
            "crumb": ("cream",),
            "grape": ("grape",),
            "butter": ("yellow",),
            "jam": ("red",),
            "egg white": ("white",),
            "avocado": ("lime",),
            "chocolate": ("chocolate",),
        },
        {
            "shape": ("square", "lobed", "round", "bitten"),
            "topping": (NONE, "butter", "jam", "grape jam", "egg", "avocado", "chocolate"),
            "stand": (NONE, "board"),
        },
    ),
    food(
        "cheese",
        {
            "paste": ("cheese", "vanilla", "orange", "blond"),
            "herb": ("leaf",),
            "board": ("oak",),
            "plate": ("white",),
        },
        {
            "cut": ("wedge", "wheel", "block"),
            "holes": ("large", "small", "scattered"),
            "stand": (NONE, "board", "plate"),
            "garnish": (NONE, "basil"),
        },
    ),
    food(
        "cake",
        {
            "frosting": ("pink", "chocolate", "cream", "mint", "lime"),
            "sponge": ("crust", "vanilla", "rye"),
            "filling": ("red",),
            "cream": ("white",),
            "fruit": ("red",),
            "flame": ("fire",),
            "leaf": ("leaf",),
        },
        {
            "slice": ("square", "tall", "wedge"),
            "topping": (NONE, "cherry", "strawberry", "cream", "candle"),
        },
    ),
    food(
        "pie",
        {
            "crust": ("crust", "birch", "rye"),
            "filling": ("red", "grape", "orange", "indigo"),
            "dish": ("white", "iron", "copper"),
        },
        {"cover": ("lattice", "vented", "open"), "dish shape": ("smooth", "fluted")},
    ),
    food(
        "pizza",
        {
            "crust": ("crust", "caramel", "birch", "rye"),
            "cheese": ("cheese", "vanilla"),
            "mushroom": ("brown",),
            "olive": ("black",),
            "pepperoni": ("red",),
            "pepper": ("green",),
            "basil": ("leaf",),
        },
        {
            "slice": ("plain", "dripping", "bitten", "square"),
            "topping": ("pepperoni", "mushrooms", "olives", "peppers", "basil", "ham"),
        },
    ),
    food(
        "donut",
        {
            "dough": ("crust", "birch", "chocolate"),
            "frosting": ("pink", "chocolate", "white", "mint", "yellow"),
            "sugar": ("cream",),
            "sprinkle": ("blue",),
            "nut": ("sand",),
            "jam": ("red",),
        },
        {"shape": ("ring", "bitten", "filled"), "topping": (NONE, "sprinkles", "stripes", "nuts")},
    ),
    food(
        "cupcake",
        {
            "paper": ("red", "sky"),
            "frosting": ("pink", "cream", "chocolate", "mint"),
            "cherry": ("red",),
            "star": ("spark",),
            "flame": ("fire",),
            "berry": ("indigo",),
        },
        {
            "wrapper": ("pleated", "zigzag", "dotted"),
            "swirl": ("tall", "dome", "rosettes"),
            "topping": ("cherry", "star", "candle", "berry"),
        },
    ),
    food(
        "cookie",
        {
            "dough": ("crust", "caramel", "birch", "rye"),
            "chip": ("chocolate",),
            "red": ("red",),
            "blue": ("sky",),
            "yellow": ("yellow",),
            "plate": ("white",),
            "icing": ("pink",),
        },
        {
            "shape": ("round", "bitten", "stacked", "square"),
            "chips": ("chocolate", "candy", "jam", "icing"),
            "stand": (NONE, "plate", "napkin"),
        },
    ),
    food(
        "ice cream",
        {
            "cone": ("crust",),
            "flavour": ("pink", "chocolate", "vanilla", "mint", "sky", "rose"),
            "cherry": ("red",),
            "sauce": ("caramel",),
            "wafer": ("sand",),
            "sprinkle": ("blue",),
            "paper": ("sky",),
        },
        {
            "cone shape": ("waffle", "wafer", "cup"),
            "scoops": ("single", "double", "swirl"),
            "topping": ("cherry", "wafer", "sauce", "sprinkles"),
        },
    ),
    food(
        "fried egg",
        {
            "white": ("bone",),
            "yolks": ("yellow", "orange", "gold"),
            "bacon": ("meat",),
            "parsley": ("leaf",),
            "tomato": ("red",),
        },
        {
            "shape": ("round", "wavy", "splash"),
            "yolk": ("one", "two", "runny"),
            "side": (NONE, "bacon", "tomato", "parsley"),
            "pepper": (NONE, "ground"),
        },
    ),
    food(
        "drumstick",
        {
            "meat": ("crust", "bronze", "meat", "caramel"),
            "bone": ("bone",),
            "herb": ("leaf",),
            "paper": ("white",),
            "lemon": ("yellow",),
        },
        {
            "shape": ("leg", "plump", "slim"),
            "marks": (NONE, "grilled", "herbs"),
            "garnish": (NONE, "lettuce", "lemon"),
            "bone end": (NONE, "frill"),
        },
    ),
    food(
        "steak",
        {
            "meat": ("meat", "red", "chestnut"),
            "fat": ("bone",),
            "butter": ("yellow",),
            "parsley": ("leaf",),
            "plate": ("white",),
            "board": ("oak",),
        },
        {
            "cut": ("ribeye", "t-bone", "tomahawk"),
            "marks": (NONE, "grilled", "marbled"),
            "garnish": (NONE, "butter", "parsley"),
            "stand": (NONE, "plate", "board"),
        },
    ),
    food(
        "hot dog",
        {
            "bread": ("crust", "birch"),
            "sausage": ("meat", "chestnut", "salmon"),
            "sauce colour": ("yellow", "crimson", "cream"),
            "greens": ("lime",),
        },
        {
            "shape": ("slim", "plump"),
            "lettuce": (NONE, "leaves"),
            "sauce": ("zigzag", "line", "dots"),
        },
    ),
    food(
        "burger",
        {
            "bread": ("crust", "birch", "rye"),
            "patty": ("chocolate",),
            "lettuce": ("lime",),
            "cheese": ("cheese",),
            "tomato": ("red",),
            "olive": ("green",),
        },
        {
            "base": ("plain",),
            "bun": ("dome", "tall", "flat"),
            "filling": ("cheese", "lettuce", "tomato", "double", "full"),
            "seeds": (NONE, "sesame"),
            "pick": (NONE, "olive", "flag"),
        },
    ),
    food(
        "fish",
        {
            "scales": ("sky", "salmon", "teal", "steel", "rose"),
            "belly": ("cream",),
            "pupil": ("black",),
            "herb": ("leaf",),
            "lemon": ("yellow",),
            "plate": ("white",),
            "board": ("oak",),
        },
        {
            "shape": ("round", "slim", "flat"),
            "pattern": (NONE, "stripes"),
            "eye": ("open",),
            "garnish": (NONE, "lemon", "parsley"),
            "stand": ("plate", "board", "leaves"),
        },
    ),
    food(
        "soup",
        {
            "pottery": ("white", "crimson", "sky", "oak"),
            "broth": ("orange", "red", "lime", "caramel"),
            "egg white": ("white",),
            "greens": ("leaf",),
            "yellow": ("yellow",),
            "carrot": ("ginger",),
        },
        {
            "bowl": ("round", "footed", "handled"),
            "contents": ("noodles", "egg", "vegetables", "croutons", "swirl"),
        },
    ),
    food(
        "sushi",
        {
            "fish": ("salmon", "red", "yellow", "cream"),
            "seaweed": ("forest",),
            "rice": ("white", "sand"),
            "wasabi": ("lime",),
            "ginger": ("pink",),
            "board": ("oak",),
            "plate": ("slate",),
        },
        {
            "piece": ("nigiri", "maki", "gunkan"),
            "garnish": (NONE, "wasabi", "ginger"),
            "stand": (NONE, "board", "plate"),
        },
    ),
    food(
        "croissant",
        {
            "dough": ("crust", "caramel", "birch", "bronze", "rye"),
            "sauce": ("chocolate",),
            "almond": ("cream",),
            "napkin": ("red",),
            "plate": ("white",),
            "board": ("oak",),
            "icing": ("pink",),
        },
        {
            "shape": ("crescent", "straight"),
            "topping": (NONE, "sugar", "chocolate", "almonds", "icing"),
            "stand": (NONE, "plate", "board", "napkin"),
        },
    ),
    food(
        "milkshake",
        {
            "flavour": ("pink", "chocolate", "vanilla", "mint", "grape"),
            "straw colour": ("sky", "yellow"),
            "glassware": ("ice",),
            "cream": ("cream",),
            "cherry": ("red",),
        },
        {
            "straw": ("left", "right"),
            "glass": ("tall", "goblet", "jar"),
            "top": ("wave", "swirl"),
            "fruit": (NONE, "cherry"),
        },
    ),
    food(
        "ale",
        {
            "tankard": ("oak", "walnut", "iron", "copper"),
            "hoops": ("gold", "steel", "bronze"),
            "froth": ("cream", "white"),
        },
        {"mug": ("barrel", "tankard", "stein"), "foam": ("fluffy", "dome", "spilling")},
    ),
    food(
        "candy",
        {
            "sugar": ("red", "orange", "lime", "sky", "purple"),
            "foil": ("yellow", "pink", "white"),
            "stripe": ("white",),
        },
        {
            "wrapper": ("fans", "twists"),
            "shape": ("ball", "cube"),
            "pattern": ("stripes", "swirl", "dots"),
        },
    ),
    food(
        "lollipop",
        {
            "sugar": ("red", "orange", "lime", "sky"),
            "twirl": ("white", "yellow", "pink"),
            "handle": ("bone",),
            "ribbon": ("purple",),
        },
        {
            "stick": ("plain",),
            "disc": ("round", "heart", "flower"),
            "pattern": ("swirl", "rings", "stripes"),
            "bow": (NONE, "ribbon"),
        },
    ),
    food(
        "pancakes",
        {
            "batter": ("crust", "caramel", "birch"),
            "china": ("white",),
            "butter": ("yellow",),
            "syrup colour": ("bronze", "chocolate", "red"),
            "strawberry": ("rose",),
            "blueberry": ("indigo",),
        },
        {
            "stack": ("tall", "pair", "leaning"),
            "plate": ("plate",),
            "syrup": ("drips", "pool"),
            "topping": ("butter", "strawberries", "blueberries", "cream"),
        },
    ),
    food(
        "popsicle",
        {
            "ice": ("red", "orange", "mint", "sky", "grape", "pink"),
            "wood": ("birch",),
            "cream": ("vanilla",),
            "chocolate": ("chocolate",),
            "yellow": ("yellow",),
            "pink": ("pink",),
        },
        {
            "bar": ("classic", "square", "pointed", "twin"),
            "dip": (NONE, "cream", "chocolate", "sprinkles"),
            "bite": (NONE, "side"),
        },
    ),
    food(
        "taco",
        {
            "tortilla": ("cheese", "crust", "birch"),
            "lettuce": ("lime",),
            "cheese": ("orange",),
            "salsa": ("red",),
            "beef": ("meat",),
            "plate": ("white",),
            "board": ("oak",),
        },
        {
            "filling": ("lettuce", "beef", "mixed", "cheese"),
            "shell": ("crisp", "soft"),
            "sauce": (NONE, "red", "cream"),
            "stand": (NONE, "plate", "board"),
        },
    ),
)
