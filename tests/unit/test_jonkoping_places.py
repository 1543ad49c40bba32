"""Every one of the 42 places of Jönköping's network, in the ways people write it, leads to its area; everyday words lead
nowhere."""

import pytest

from bots.dialogue.understand import Understander
from dispatch.gazetteer import locate
from geo.places import PlaceIndex
from service.network_file import find_network_file, read_network

NETWORK = read_network(find_network_file("jonkoping"))
INDEX = PlaceIndex(tuple(NETWORK.areas.values()))
UNDERSTANDER = Understander(tuple(NETWORK.areas.values()), tuple(NETWORK.categories), NETWORK.words)
# Without accents, in capitals, with a slip, in two words, with an ending, as it sounds, in a sentence.
WRITTEN = {
    "Bymarken": "bymarken; BYMARKEN; bymakren; bymarkn; by marken; bymarkens; bor på bymarken; bymarkenbor; Byymarken",
    "Dalvik": "dalvik; DALVIK; dalvikk; dallvik; dal vik; dalviks; bor i Dalvik; dalvikbor; Dalvig",
    "Mariebo": "mariebo; MARIEBO; mariebbo; mariabo; mariebos; bor på mariebo; mariebobor; marjebo",
    "Torpa": "torpa; TORPA; torpas; torpabor; bor på torpa; i Torpa tack; torpa, jönköping; Torpatrakten",
    "Söder": "söder; SÖDER; soder; söders; bor på söder; söderbor; på Söder i stan; Söder tack",
    "Jönköping centrum": "jönköping centrum; JONKOPING CENTRUM; jonkoping centrum; jönköpings centrum; jönköping centrums; "
    "bor i jönköping centrum; Jönköping, centrum",
    "Vättersnäs": "vättersnäs; VATTERSNAS; vattersnas; vätternäs; vättersnes; vätters näs; vättersnäsbor; bor i Vättersnäs",
    "Österängen": "österängen; OSTERANGEN; osterangen; östrängen; österengen; öster ängen; österängens; bor på österängen",
    "Ekhagen": "ekhagen; EKHAGEN; eckhagen; ekhaggen; ek hagen; ekhagens; bor på ekhagen; ekhagenbor; ekagen",
    "Rosenlund": "rosenlund; ROSENLUND; rosenlunnd; rossenlund; rosen lund; rosenlunds; bor på rosenlund; rosenlundsbor",
    "Liljeholmen": "liljeholmen; LILJEHOLMEN; liljeholme; liljehollmen; lilje holmen; liljeholmens; bor på liljeholmen",
    "Järstorp": "järstorp; JARSTORP; jarstorp; järstrop; järs torp; järstorps; järstorpsbor; bor i Järstorp; järrstorp",
    "Kortebo": "kortebo; KORTEBO; kortebbo; korteboo; kortebos; bor i kortebo; kortebobor; kortebo centrum",
    "Bankeryd": "bankeryd; BANKERYD; bankryd; bankeryyd; bankeryds; bankerydsbor; bor i bankeryd; banckeryd; Bankerid",
    "Trånghalla": "trånghalla; TRANGHALLA; tranghalla; trånhalla; trånghala; trång halla; trånghallas; bor i Trånghalla",
    "Bottnaryd": "bottnaryd; BOTTNARYD; botnaryd; bottneryd; bottna ryd; bottnaryds; bor i bottnaryd; bottnarydsbor; båttnaryd",
    "Angerdshestra": "angerdshestra; ANGERDSHESTRA; angerdhestra; angeredshestra; angerds hestra; angerdshestras; "
    "bor i Angerdshestra; ångerdshestra; angersdhestra",
    "Norra Unnaryd": "norra unnaryd; NORRA UNNARYD; norra unaryd; norra unnarydd; norraunnaryd; norra unnaryds; "
    "Unnaryd; n unnaryd",
    "Råslätt": "råslätt; RASLATT; raslatt; råslät; rås lätt; råslätts; råslättsbor; bor på råslätt",
    "Ljungarum": "ljungarum; LJUNGARUM; ljungarumm; ljunga rum; ljungarums; bor i ljungarum; ljungerum",
    "Hovslätt": "hovslätt; HOVSLATT; hovslatt; hovslät; hovs lätt; hovslätts; hovslättsbor; bor i Hovslätt; hofslätt",
    "Barnarp": "barnarp; BARNARP; barnarpp; barnarrp; barn arp; barnarps; barnarpsbor; bor i Barnarp; barnap",
    "Odensjö": "odensjö; ODENSJO; odensjo; odenssjö; oden sjö; odensjös; odensjöbor; bor i Odensjö; odesjö",
    "Taberg": "taberg; TABERG; tabärg; tabergs; tabergsbor; bor i Taberg; taberg centrum; i Tabergstrakten",
    "Månsarp": "månsarp; MANSARP; mansarp; månsarpp; måns arp; månsarps; månsarpsbor; bor i Månsarp; månsap",
    "Norrahammar": "norrahammar; NORRAHAMMAR; norrahamar; norahammar; norra hammar; norrahammars; bor i Norrahammar",
    "Tenhult": "tenhult; TENHULT; tenhullt; tennhult; ten hult; tenhults; tenhultsbor; bor i Tenhult; tenhutl",
    "Öggestorp": "öggestorp; OGGESTORP; oggestorp; öggestrop; ögges torp; öggestorps; bor i Öggestorp; öggetorp; öggestorpsbor",
    "Huskvarna": "huskvarna; HUSKVARNA; husqvarna; huskvana; hus kvarna; huskvarnas; huskvarnabor; bor i Huskvarna; huskavrna",
    "Öxnehaga": "öxnehaga; OXNEHAGA; öxnhaga; oxnehaga; öxne haga; öxnehagas; bor på Öxnehaga; öxnehagan; øxnehaga",
    "Brunstorp": "brunstorp; BRUNSTORP; brunnstorp; brunstrop; bruns torp; brunstorps; bor i Brunstorp; brunstorpsbor; brunstop",
    "Stensholm": "stensholm; STENSHOLM; stenshollm; stenholm; stens holm; stensholms; bor i Stensholm; stensholmsbor; stensholn",
    "Pettersberg": "pettersberg; PETTERSBERG; petersberg; pettersbärg; petters berg; pettersbergs; bor på Pettersberg",
    "Lekeryd": "lekeryd; LEKERYD; lekerud; lekeryyd; leke ryd; lekeryds; lekerydsbor; bor i Lekeryd; lekryd",
    "Svarttorp": "svarttorp; SVARTTORP; svartorp; svarttrop; svart torp; svarttorps; svarttorpsbor; bor i Svarttorp; svarttrp",
    "Kaxholmen": "kaxholmen; KAXHOLMEN; kaxholme; kakholmen; kax holmen; kaxholmens; bor i Kaxholmen; kaxhollmen; kaksholmen",
    "Skärstad": "skärstad; SKARSTAD; skarstad; skärsta; skär stad; skärstads; skärstadsbor; bor i Skärstad; skerstad",
    "Ölmstad": "ölmstad; OLMSTAD; olmstad; ölmsta; ölm stad; ölmstads; ölmstadsbor; bor i Ölmstad; ölmestad",
    "Bunn": "bunn; BUNN; bor i Bunn; bunnbor; i Bunn, tack; vid Bunn; till bunn",
    "Gränna": "gränna; GRANNA; granna; grenna; grännas; grännabor; bor i Gränna; Grännatrakten",
    "Örserum": "örserum; ORSERUM; orserum; örsrum; örse rum; örserums; bor i Örserum; örserumm; örserumsbor",
    "Visingsö": "visingsö; VISINGSO; visingso; visingö; visings ö; visingsös; visingsöbor; bor på Visingsö; vissingsö",
}
AREA_OF = {place.name: area.key for area in NETWORK.areas.values() for place in area.places}


def test_every_place_is_written_in_at_least_six_ways() -> None:
    assert set(WRITTEN) == set(AREA_OF)
    assert all(len(set(texts.split(";"))) >= 6 for texts in WRITTEN.values())


@pytest.mark.parametrize("place", list(WRITTEN))
async def test_it_leads_to_its_area(place: str) -> None:
    wrong = []
    for text in WRITTEN[place].split("; "):
        understood, best = UNDERSTANDER.understand(text), (await locate(None, NETWORK, INDEX, text)).best
        found = (best.area, best.place) if best else None
        if not (understood.area, understood.place) == found == (AREA_OF[place], place):
            wrong.append((text, understood.area, understood.place, found))
    assert wrong == []


@pytest.mark.parametrize("place", list(WRITTEN))
def test_in_a_sentence_too(place: str) -> None:
    for text in WRITTEN[place].split("; ")[:4]:
        understood = UNDERSTANDER.understand(f"Hej, vi bor i {text} och behöver två liter mjölk på torsdag kl 14, tack")
        assert (understood.area, understood.place) == (AREA_OF[place], place)


@pytest.mark.parametrize(
    "text",
    [
        "grannen hjälper mig",
        "mina grannar är bortresta",
        "torpet i skogen",
        "det är torrt ute",
        "Marie bor hos oss nu",
        "ska Marie bo här",
        "banken stänger klockan tre",
        "barnen har feber",
        "tabletter mot huvudvärk",
        "brunt bröd",
        "jag är bunden vid sängen",
        "köp rosor till henne",
        "söderut mot Skåne",
        "i dalen",
        "hagen bakom huset",
        "by och stad",
        "en sten i skon",
        "en väderprognos",
        "örat gör ont",
        "visning av lägenheten",
        "lekplatsen är stängd",
        "norra sidan av huset",
        "hus och hem",
        "svart kaffe",
        "odenplan",
        "liljor till graven",
    ],
)
async def test_everyday_words_lead_nowhere(text: str) -> None:
    understood, location = UNDERSTANDER.understand(text), await locate(None, NETWORK, INDEX, text)
    assert (understood.area, understood.ambiguous, location.candidates) == (None, (), ())
