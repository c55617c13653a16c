"""Names that Polish streets bear. Nobody's list: common words, and people whom many towns remember."""


def _split(names: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(names.split(separator))


PEOPLE = tuple(
    _split(entry, "|")
    for entry in _split(
        "Adama|Mickiewicza;Juliusza|Słowackiego;Cypriana Kamila|Norwida;Henryka|Sienkiewicza;Bolesława|Prusa;"
        "Elizy|Orzeszkowej;Marii|Konopnickiej;Stefana|Żeromskiego;Władysława|Reymonta;Jana|Kochanowskiego;"
        "Mikołaja|Reja;Ignacego|Krasickiego;Aleksandra|Fredry;Stanisława|Wyspiańskiego;Jana|Kasprowicza;"
        "Leopolda|Staffa;Juliana|Tuwima;Konstantego Ildefonsa|Gałczyńskiego;Władysława|Broniewskiego;"
        "Krzysztofa Kamila|Baczyńskiego;Jana|Brzechwy;Kornela|Makuszyńskiego;Zofii|Nałkowskiej;Marii|Dąbrowskiej;"
        "Gustawa|Morcinka;Wincentego|Pola;Józefa|Lompy;Karola|Miarki;Juliusza|Ligonia;Norberta|Bonczyka;"
        "Konstantego|Damrota;Wojciecha|Korfantego;Jerzego|Ziętka;Fryderyka|Chopina;Stanisława|Moniuszki;"
        "Ignacego Jana|Paderewskiego;Karola|Szymanowskiego;Henryka|Wieniawskiego;Oskara|Kolberga;Jana|Matejki;"
        "Józefa|Chełmońskiego;Jacka|Malczewskiego;Artura|Grottgera;Wojciecha|Kossaka;Aleksandra|Gierymskiego;"
        "Olgi|Boznańskiej;Stanisława|Witkiewicza;Mikołaja|Kopernika;Marii|Skłodowskiej-Curie;Jana|Heweliusza;"
        "Ignacego|Łukasiewicza;Stanisława|Staszica;Hugona|Kołłątaja;Jędrzeja|Śniadeckiego;Ludwika|Zamenhofa;"
        "Tytusa|Chałubińskiego;Jana|Długosza;Joachima|Lelewela;Tadeusza|Kościuszki;Kazimierza|Pułaskiego;"
        "Józefa|Poniatowskiego;Jana Henryka|Dąbrowskiego;Józefa|Bema;Emilii|Plater;Romualda|Traugutta;"
        "Józefa|Piłsudskiego;Józefa|Hallera;Władysława|Sikorskiego;Władysława|Andersa;Stefana|Grota-Roweckiego;"
        "Stanisława|Maczka;Franciszka|Kleeberga;Henryka|Sucharskiego;Stefana|Czarnieckiego;Jana|Zamoyskiego;"
        "Stefana|Batorego;Jana|Sobieskiego;Władysława|Jagiełły;Władysława|Łokietka;Kazimierza|Wielkiego;"
        "Bolesława|Chrobrego;Bolesława|Krzywoustego;Mieszka|Pierwszego;Zygmunta|Starego;Stanisława|Mikołajczyka;"
        "Wincentego|Witosa;Ignacego|Daszyńskiego;Eugeniusza|Kwiatkowskiego;Gabriela|Narutowicza;"
        "Janusza|Korczaka;Brata|Alberta;Maksymiliana|Kolbego;Piotra|Skargi;Jerzego|Popiełuszki;"
        "Stefana|Wyszyńskiego;Jana|Dzierżona;Grzegorza|Fitelberga;Feliksa|Nowowiejskiego;Mieczysława|Karłowicza;"
        "Jana|Kilińskiego;Walerego|Wróblewskiego;Wawrzyńca|Hajdy;Józefa|Rymera;Jana|Kupca;Emila|Szramka;"
        "Teodora|Kalidego;Jana|Cybisa;Tadeusza|Makowskiego;Józefa|Mehoffera;Leona|Wyczółkowskiego;"
        "Juliana|Fałata;Juliusza|Kossaka;Cypriana|Godebskiego;Stefana|Jaracza;Heleny|Modrzejewskiej;"
        "Ludwika|Solskiego;Wandy|Rutkiewicz;Jerzego|Kukuczki;Janusza|Kusocińskiego;Haliny|Konopackiej;"
        "Franciszka|Żwirki;Stanisława|Wigury;Ernesta|Malinowskiego;Pawła Edmunda|Strzeleckiego;"
        "Benedykta|Dybowskiego;Jana|Czekanowskiego;Stefana|Banacha;Rudolfa|Weigla;Ludwika|Hirszfelda",
        ";",
    )
)

WORDS = _split(
    "Lipowa Dębowa Klonowa Brzozowa Jesionowa Jaworowa Bukowa Grabowa Wierzbowa Topolowa Olchowa Sosnowa Świerkowa "
    "Jodłowa Modrzewiowa Cisowa Kasztanowa Orzechowa Leszczynowa Akacjowa Jarzębinowa Kalinowa Malinowa Jeżynowa "
    "Jagodowa Poziomkowa Borówkowa Porzeczkowa Agrestowa Wiśniowa Czereśniowa Śliwkowa Jabłoniowa Gruszowa Morelowa "
    "Brzoskwiniowa Różana Fiołkowa Konwaliowa Tulipanowa Liliowa Irysowa Narcyzowa Krokusowa Storczykowa Nagietkowa "
    "Astrowa Goździkowa Stokrotkowa Chabrowa Makowa Rumiankowa Miętowa Lawendowa Jaśminowa Bzowa Magnoliowa "
    "Azaliowa Wrzosowa Paprociowa Mchowa Sasankowa Przebiśniegów Zawilcowa Słonecznikowa Malwowa Dzwonkowa "
    "Piwoniowa Begonii Hiacyntowa Nasturcji Georginii Bratkowa Koniczynowa Zbożowa Żytnia Pszeniczna Owsiana "
    "Jęczmienna Gryczana Łanowa Polna Łąkowa Leśna Borowa Gajowa Zagajnikowa Dąbrowa Ogrodowa Sadowa Parkowa "
    "Kwiatowa Zielona Wiosenna Letnia Jesienna Zimowa Majowa Czerwcowa Lipcowa Sierpniowa Wrześniowa "
    "Listopadowa Słoneczna Promienna Jasna Pogodna Tęczowa Księżycowa Gwiaździsta Zorzy Poranna Południowa "
    "Północna Wschodnia Zachodnia Wietrzna Deszczowa Śnieżna Mroźna Spokojna Cicha Miła Wesoła Radosna Przyjazna "
    "Dobra Serdeczna Sąsiedzka Rodzinna Młodzieżowa Harcerska Sportowa Stadionowa Basenowa Szkolna Przedszkolna "
    "Akademicka Biblioteczna Teatralna Muzyczna Poetów Malarska Rzeźbiarska Artystów Górnicza Sztygarska "
    "Szybowa Kopalniana Gwarków Hutnicza Kuźnicza Kowalska Ślusarska Tokarska Odlewnicza Stalowa Żelazna "
    "Miedziana Srebrna Złota Cynkowa Węglowa Kamienna Granitowa Piaskowa Gliniana Cegielniana Wapienna "
    "Marglowa Garncarska Zduńska Szklana Szewska Krawiecka Tkacka Sukiennicza Farbiarska Garbarska Kuśnierska "
    "Rymarska Siodlarska Stolarska Ciesielska Bednarska Kołodziejska Powroźnicza Młyńska Piekarska Rzeźnicza "
    "Browarna Słodowa Chmielna Pasieczna Miodowa Bartnicza Pszczelna Rolna Rolnicza Kosiarzy Żniwna Dożynkowa "
    "Stodolna Folwarczna Dworska Zamkowa Rycerska Hetmańska Ułańska Piastowska Jagiellońska Królewska Książęca "
    "Grodzka Ratuszowa Rynkowa Targowa Kupiecka Handlowa Bankowa Pocztowa Sądowa Kościelna Klasztorna Plebańska "
    "Zakonna Franciszkańska Dominikańska Cmentarna Zaciszna Ustronna Zakątek Boczna Krótka Długa Prosta "
    "Krzywa Kręta Wąska Szeroka Poprzeczna Równoległa Graniczna Średnia Główna Nowa Stara Górna Dolna Wysoka "
    "Niska Stroma Górska Podgórna Pagórkowa Wzgórze Widokowa Panoramiczna Kotlinowa Jarowa Wąwozowa Dolinowa "
    "Nadrzeczna Rzeczna Potokowa Źródlana Wodna Stawowa Rybna Rybacka Jeziorna Nadbrzeżna Mostowa Groblowa "
    "Wodociągowa Młynarska Kąpielowa Zdrojowa Krynicza Studzienna Torowa Kolejowa Dworcowa Semaforowa "
    "Tramwajowa Przejazdowa Kolejarzy Drogowców Brukarska Murarska Budowlanych Tynkarska Dekarska Inżynierska "
    "Techniczna Przemysłowa Fabryczna Składowa Magazynowa Towarowa Transportowa Elektryczna Energetyków Gazowa "
    "Strażacka Ratowników Lekarska Apteczna Szpitalna Sanatoryjna Pielęgniarek Katowicka Gliwicka Rybnicka "
    "Pszczyńska Tyska Żorska Bytomska Zabrzańska Krakowska Opolska Wrocławska Warszawska Poznańska Gdańska "
    "Cieszyńska Bielska Częstochowska Raciborska Śląska Beskidzka Karpacka Tatrzańska Sudecka Bieszczadzka "
    "Mazurska Kaszubska Kujawska Mazowiecka Podhalańska Żywiecka Góralska Skalna Turystyczna Wczasowa Łowiecka "
    "Myśliwska Sokola Orla Jastrzębia Krucza Jaskółcza Słowicza Skowronkowa Wilgi Drozdów Sikorek Szpaków "
    "Bociania Żurawia Czapli Kukułek Dzięciołów Sowia Gołębia Kanarkowa Lisia Wilcza Sarnia Jelenia Zajęcza "
    "Borsucza Bobrowa Wiewiórcza Jeżowa Kreta Rysia Żubrów Turowa Ptasia Motylowa Świerszczy Biedronki "
    "Bursztynowa Perłowa Koralowa Rubinowa Szafirowa Szmaragdowa Turkusowa Diamentowa Kryształowa Agatowa "
    "Ametystowa Topazowa Błękitna Czerwona Biała Żółta Pomarańczowa Purpurowa Wolności Niepodległości Zgody "
    "Pokoju Jedności Solidarności Konstytucji Powstańców Obrońców Zwycięstwa Weteranów Legionów Partyzantów "
    "Kombatantów Samorządowa Gminna Społeczna Spółdzielcza Związkowa Obywatelska Wyzwolenia Działkowców "
    "Zagrodowa Podlesie Zalesie Zapłocie Zarzecze Nowiny Kolonia Przysiółek Podwale Zamłynie Wygoda "
    "Kacza Gęsia Kurpiowska Łódzka Lubelska Toruńska Kaliska Płocka Radomska Kielecka Sandomierska Lwowska "
    "Wileńska Grunwaldzka Racławicka Olszowa Tarninowa Głogowa Dereniowa Berberysowa Ligustrowa Bluszczowa "
    "Chmielowa Winogronowa Pigwowa Aroniowa Trzcinowa Sitowia Tatarakowa Szuwarowa Torfowa Bagienna Mokradła"
)

ESTATES = (
    "Słowiańskie",
    "Pod Lipami",
    "Kwiatów Polskich",
    "Na Skarpie",
    "Młodych",
    "Północ",
    "Grunwald",
    "Przy Plantach",
)
ROUNDABOUTS = (
    "Powstańców Śląskich",
    "Honorowych Dawców Krwi",
    "Sybiraków",
    "Olimpijczyków",
    "Wolnej Polski",
    "Kresowian",
)
SQUARES = ("Targowy", "Świętego Wojciecha", "Harcerzy", "Wolności", "Kasztanowy", "Teatralny")
