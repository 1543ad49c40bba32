"""Swedish (and a few English) words that are never a misspelt place name.

The list is our own: words of everyday messages, above all those one or two letters from a place name somewhere in Sweden.
"""

from __future__ import annotations

from geo.fold import fold

_WORDS = """
granne grannen grannens grannar grannarna grannarnas granna grannfru grannflicka grannskap grann grant grannt gran
torp torpet torpen torpar torka torkar torsk torr torra torget torg torsdag torsdags
bunden bundet bunke bunt brunn brunnen brunt brun bruna botten borta borsta
norra södra östra västra norr nord väster
soda sönder söndag söndags söker söka sådan sådant sådana
bank banken bankens banker bankbox bankid bankkort bankomat bankomaten bankärende bankärenden bankar bankade
barnbarn barnbarnet barnbarnen barnbarns barnen barnet barnens barnvakt barnvagn barnvagnen
dalar dalen daglig dagligt dagliga dagvård
taget tagit tabell tablett tabletter tabletten tabletterna
rosen rosor rosett
marken marknad marknaden mark
huset husets husen husdjur husdjuret husvagn husvagnen huvud huvudet
sten stenar stenen stängt stenkul stolen stolar stol
lekar leker leksak leksaker lekt lekte
hagen hage haven havet hovet
öster österut längre längs
handla handlar handlade handlat handling hämta hämtar hämtat hämtning hjälp hjälpa hjälper hjälpt hjälpas
behöver behöva behövs behövde behov bor borde boende bostad
köpa köper köpt köpte mat maten matvaror matkasse medicin medicinen mediciner apotek apoteket recept
gärna snälla kommer komma kunde kunna skulle skall vilja ville
någon någonting något några ingen inget inga
måndag tisdag onsdag fredag lördag idag imorgon förmiddag eftermiddag kväll morgon
pappa mamma mormor morfar farmor farfar syster broder hustru maken makan fru frun sambo dotter dottern sonen
posten paket paketet brev brevet bilen bilar hunden hundar katten promenad promenera
vatten vattnet väntar väntat vänta vännen vänner
läkare läkaren doktor doktorn sjukhus sjukhuset vårdcentral vårdcentralen
mjölk bröd smör kaffe potatis frukt grönsaker
mycket lite liten litet mindre mera flera fler många
eller också alltid aldrig ibland igen redan bara
tacka tackar tacksam tacksamma hälsning hälsningar hälsar mvh
hallå hejsan tjena godkväll godmorgon
telefon telefonen telefonnummer nummer numret mobil mobilen
gammal gamla gamle unga ungdomar äldre ensam ensamt ensamma
hemma hemmet hemifrån hemtjänst hemtjänsten
please thanks there where would could should tomorrow today
centrum
"""

COMMON_WORDS = frozenset(fold(_WORDS).split()) - {"granna", "centrum"}
