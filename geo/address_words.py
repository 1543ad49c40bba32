"""Words of Swedish addresses, and words that are none. All in the spelling of geo/fold.py."""

from __future__ import annotations

from geo.common import COMMON_WORDS
from geo.fold import fold


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(words).split())


# With the article, and without: "Storgatan", "Per Brahes gata".
_PAIRS = (
    ("gatan", "gata"),
    ("vagen", "vag"),
    ("granden", "grand"),
    ("stigen", "stig"),
    ("torget", "torg"),
    ("allen", "alle"),
    ("straket", "strak"),
    ("esplanaden", "esplanad"),
    ("kajen", "kaj"),
    ("backen", "backe"),
    ("leden", "led"),
    ("platsen", "plats"),
    ("planen", "plan"),
    ("stranden", "strand"),
    ("parken", "park"),
    ("liden", "lid"),
    ("slingan", "slinga"),
    ("promenaden", "promenad"),
    ("ringen", "ring"),
    ("gangen", "gang"),
)
OTHER_FORM = dict(_PAIRS) | {b: a for a, b in _PAIRS}
# A word that ends so is a street.
STREET_ENDINGS = (
    "gatan", "vagen", "granden", "grand", "stigen", "torget", "esplanaden", "straket", "allen", "gata", "slingan", "kajen",
    "backen",
)  # fmt: skip
# ... and these are one when a house number follows: a plan, a place and a beach are much else.
MAYBE_ENDINGS = (
    "torg", "alle", "vag", "stig", "esplanad", "kaj", "backe", "leden", "led", "platsen", "plats", "planen", "plan", "stranden",
    "strand", "parken", "park", "liden", "promenaden", "ringen", "gangen", "hojden", "dalen", "kroken", "svangen", "rundan",
    "asen", "tappan", "hagen", "lunden", "garden", "lund", "hojd", "vreten", "gardet", "bron", "udden",
)  # fmt: skip
# What is left of an ending that somebody has cut short: "storg. 4", "Kyrkov 3".
ABBREVIATED = (
    ("gat", ("gatan",)),
    ("vag", ("vagen",)),
    ("vg", ("vagen",)),
    ("stig", ("stigen",)),
    ("gr", ("grand", "granden")),
    ("pl", ("plan", "planen")),
    ("st", ("stigen",)),
    ("g", ("gatan",)),
    ("v", ("vagen",)),
)
# Words that are a street with a name before them.
BARE = frozenset(OTHER_FORM)
# What stands before a name and may be cut short.
ADJECTIVES = {
    "n": "norra", "s": "sodra", "o": "ostra", "v": "vastra", "no": "nordostra", "nv": "nordvastra", "so": "sydostra",
    "sv": "sydvastra", "l": "lilla", "g": "gamla", "gla": "gamla", "norra": "norra", "sodra": "sodra", "ostra": "ostra",
    "vastra": "vastra", "lilla": "lilla", "stora": "stora", "gamla": "gamla", "nya": "nya", "ovre": "ovre", "nedre": "nedre",
    "mellersta": "mellersta", "inre": "inre", "yttre": "yttre", "forsta": "forsta", "andra": "andra", "tredje": "tredje",
}  # fmt: skip
FREQUENT = ("norra", "sodra", "ostra", "vastra", "lilla", "stora", "gamla", "nya", "ovre", "nedre")  # and often left out
SAINT = {"s t": "sankt", "st": "sankt", "sankt": "sankt", "sankta": "sankta", "s ta": "sankta", "sta": "sankta"}
FARM = _folded("gård gården gårds gods herrgård säteri torp torpet kvarn kvarnen bruk prästgård prästgården soldattorp")
# After these stands where something is.
WHERE = _folded(
    """i på vid från till nära utanför bortom intill bredvid mot ovanför nedanför kring omkring genom bakom invid
    in at near from outside by"""
)
LIVES = _folded("bor bo bodde boende bosatt hemma adress adressen adr live living lives address gården gård torpet stugan huset")
# What tells the door within a house.
IN_THE_HOUSE = _folded(
    "lgh lägenhet lägenheten tr trapp trappa trappor trappan vån våning våningen uppg uppgång uppgången port porten portkod kod "
    "entré dörr dörren nb bv plan box postbox co"
)
# After a number, these make it an amount or a time: "Storgatan 2 gånger i veckan".
UNITS = _folded(
    """liter l dl cl ml kg kilo g gram hg st stycken styck paket burkar burk flaskor flaska påsar påse kassar kasse kr kronor
    sek öre gånger ggr timmar timme tim minuter min dagar dag veckor vecka månader månad år åring åringar personer pers barn
    vuxna procent meter m km mil grader tabletter rullar limpor ägg januari februari mars april maj juni juli augusti september
    oktober november december jan feb apr aug sept okt nov dec"""
)
NO_STREETS = _folded(
    """motorvägen omvägen genvägen riksvägen järnvägen järnväg bilvägen cykelvägen gångvägen grusvägen huvudvägen landsvägen
    halvvägen gågatan huvudgatan tvärgatan sidogatan bakgatan återvändsgränd återvändsgränden ryggbacken uppförsbacken
    nedförsbacken skidbacken pulkabacken hoppbacken matsäcken handleden fotleden knäleden axelleden höftleden arbetsplatsen
    arbetsplats parkeringsplatsen parkeringsplats lekplatsen lekplats badplatsen badplats busshållplats busshållplatsen
    hållplats hållplatsen återvinningsplats flygplatsen flygplats vårdplan vårdplanen veckoplan matplan handlingsplan
    fotbollsplan fotbollsplanen skolgården bakgården kyrkogården innergården trädgården herrgården uppgången utgången ingången
    telefonvägen ringvägg verkligen omgång någon ring ingång utgång uppgång gång svag dag idag säng peng ägg rygg
    vägg bygg trygg lugg bagg ving mycket"""
)
# Words that no name begins with.
NEVER = (
    COMMON_WORDS
    | WHERE
    | _folded(
        """och eller men att som den det de en ett han hon vi ni du jag mig dig oss er sig min mitt mina din ditt dina sin sitt
        sina vår vårt våra deras hans hennes är var varit blir blev bli kan ska måste får fick har hade vill gör går gick kom
        ser säger heter inte ej nej ja jo tack hej hejhej hallå om när där här hit dit hem ut in upp ner fram bort nu då sen
        sedan så också ju väl nog bara efter före innan under över med utan av för kl klockan vid vecka veckan v nr nummer tel
        mobil ring ringer ring mej mvh vh hälsningar kram adress adressen adr postnr postnummer c o box co ica coop willys lidl
        hemköp apoteket systembolaget vårdcentralen stan staden byn centrum huset hus lägenheten huset köket sängen soffan
        badrummet rummet toaletten hallen källaren balkongen bilen bussen tåget skolan jobbet affären butiken posten banken
        kyrkan sjukhuset biblioteket stationen macken restaurangen gatan vägen torget
        morgonen kvällen natten dagen helgen eftermiddagen förmiddagen måndags tisdags onsdags torsdags fredags lördags söndags
        januari februari mars april maj juni juli augusti september oktober november december
        benet benen armen foten ryggen magen huvudet knät knäet handen halsen bröstet hjärtat ögat örat
        karantän isolering riskgrupp grund fall stånd akut snarast tid time morgon kväll natt
        the a an and or of to is am are i my our your his her need help with for not can please me we you they it this that on
        olen ja on ei en asun minä
        """
    )
) - frozenset(ADJECTIVES)
