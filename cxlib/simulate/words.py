"""What customers write: sentences by touchpoint, theme and tone, in Spanish and English.

Some comments carry what a report must never show (an e-mail, a phone, a DNI) or must never run (markup, a formula):
the sample is also a rehearsal of the redaction.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import Random, dates

# touchpoint → tone → theme → (Spanish sentences, English sentences)
Sentences = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
PHRASES: dict[str, dict[str, Sentences]] = {
    "delivery": {
        "bad": {
            "late_delivery": (
                (
                    "El pedido llegó tres días tarde y nadie avisó",
                    "Otra vez retraso en la entrega, esperé toda la mañana",
                    "Me quedé en casa y el camión no llegó",
                    "La entrega llegó tarde y tuve que llamar yo",
                ),
                (
                    "The delivery was late and nobody told me",
                    "I waited the whole morning and the van did not come",
                    "Delayed again, three days late",
                    "The order arrived late and I had to call myself",
                ),
            ),
            "damaged": (
                (
                    "La mesa llegó rota por una esquina",
                    "Un golpe en la puerta del armario, llegó dañado",
                    "El sofá venía rayado y sucio",
                ),
                (
                    "The table arrived damaged at one corner",
                    "The wardrobe door was scratched and broken",
                    "The box was crushed and the shelf was damaged",
                ),
            ),
        },
        "good": {
            "punctual": (
                ("Entrega puntual y dos repartidores muy amables", "Llegó a la hora que dijeron, todo correcto"),
                ("Delivered on time by two friendly people", "Arrived at the hour they said, all fine"),
            ),
        },
    },
    "planner": {
        "good": {
            "planner_praise": (
                (
                    "La diseñadora entendió nuestra casa y dibujó el salón con nosotros",
                    "El planificador es una maravilla, vimos la cocina antes de comprar",
                    "Salimos ilusionados con el plano de la habitación",
                ),
                (
                    "The designer understood our home and drew the room with us",
                    "The planner is wonderful, we saw our kitchen before buying",
                    "We left excited with the plan of our living room",
                ),
            ),
        },
        "bad": {
            "planner_wait": (
                (
                    "El planificador va lento y se pierde lo dibujado",
                    "No había nadie libre para ayudarnos con el plano",
                ),
                ("The planner is slow and lost our drawing", "Nobody was free to help us with the plan"),
            ),
        },
    },
    "quote": {
        "bad": {
            "quote_slow": (
                (
                    "El presupuesto tardó nueve días",
                    "Sigo esperando el presupuesto y ya he mirado en otra tienda",
                    "Pedí presupuesto y no me contestan",
                ),
                (
                    "The quote took nine days",
                    "Still waiting for the quote, I looked elsewhere meanwhile",
                    "I asked for a quote and nobody answers",
                ),
            ),
            "price": (
                ("El precio final es más caro que lo anunciado", "Muy caro, y el transporte aparte"),
                ("The final price is more expensive than advertised", "Too expensive, and delivery comes on top"),
            ),
        },
        "good": {
            "quote_clear": (
                ("Presupuesto claro y rápido, supimos lo que pagábamos", "Tres opciones de precio bien explicadas"),
                ("A clear and quick quote, we knew what we paid for", "Three price options, well explained"),
            ),
        },
    },
    "assembly": {
        "bad": {
            "assembly_quality": (
                ("El montaje quedó torcido y faltaban tornillos", "Los montadores tenían prisa, el cajón no cierra"),
                (
                    "The assembly is crooked and screws were missing",
                    "The fitters were in a hurry, the drawer does not close",
                ),
            ),
        },
        "good": {
            "assembly_quality": (
                ("Montaje perfecto y todo limpio al terminar", "Los montadores, profesionales y cuidadosos"),
                ("Perfect assembly and everything clean afterwards", "The fitters were careful and professional"),
            ),
        },
    },
    "checkout": {
        "bad": {
            "app_crash": (
                ("La aplicación se cerró al pagar, dos veces", "Error en la app justo al confirmar el pago"),
                ("The app crashed when paying, twice", "An error in the app just when I confirmed the payment"),
            ),
        },
        "good": {
            "easy_checkout": (
                ("Pago fácil y rápido", "Sin colas en la caja, muy cómodo"),
                ("Paying was easy and quick", "No queue at the till, very convenient"),
            ),
        },
    },
    "after_sales": {
        "bad": {
            "no_answer": (
                (
                    "Llamo y nadie responde, llevo dos semanas con la devolución",
                    "Atención al cliente no soluciona nada",
                ),
                ("I call and nobody answers, two weeks for a return", "Customer service does not solve anything"),
            ),
        },
        "good": {
            "solved": (
                ("Cambiaron la pieza en dos días, gracias", "Me atendieron con paciencia y lo resolvieron"),
                ("They replaced the piece in two days, thank you", "They were patient and solved it"),
            ),
        },
    },
    "": {
        "bad": {
            "price": (
                ("Buenos muebles pero los precios han subido demasiado", "Caro para lo que es"),
                ("Good furniture but prices have gone up too much", "Expensive for what it is"),
            ),
        },
        "good": {
            "range": (
                ("Siempre encuentro algo bonito para la casa", "Gran variedad y buen trato"),
                ("I always find something beautiful for the home", "A wide range and kind staff"),
            ),
        },
    },
}
TAILS = {
    "es": ("", "", "", " Una pena.", " No es la primera vez.", " Lo cuento tal cual."),
    "en": ("", "", "", " A pity.", " Not the first time.", " Just saying it as it is."),
}
GOOD_TAILS = {
    "es": ("", "", "", " Repetiremos.", " Muy contentos.", " Gracias."),
    "en": ("", "", "", " We will come back.", " Very happy.", " Thank you."),
}
HOSTILE = (
    ("<script>alert('oferta')</script> muy lento todo", "es"),
    ("=cmd|'/c calc'!A1 the quote took nine days", "en"),
    ("Escríbanme a ana.ejemplo@correo.example, el pedido llegó tarde", "es"),
    ("Llámenme al 612 345 678, sigo esperando la entrega", "es"),
    ("Mi DNI es 12345678Z y todavía no tengo factura", "es"),
    ("My phone is +34 912 345 678, the van did not come", "en"),
    ("La entrega fue a nombre de María Ejemplo, calle Mayor 3, llegó tarde", "es"),
    ("IBAN ES91 2100 0418 4502 0005 1332 for the refund, please", "en"),
)
SHARE_COMMENTING = 0.22
READ_BY_A_PERSON = 8  # every eighth comment: enough to check the codebook against
PERSON = {  # planted theme → what a person who reads the comment calls it, in the codes of the codebook
    "late_delivery": "lateness",
    "damaged": "condition",
    "punctual": "punctuality",
    "planner_praise": "advice",
    "planner_wait": "advice;waiting",
    "quote_slow": "quotes;waiting",
    "price": "price",
    "quote_clear": "quotes;clarity",
    "assembly_quality": "assembly",
    "app_crash": "ease;payment",
    "easy_checkout": "ease;payment",
    "no_answer": "returns;information",
    "solved": "returns",
    "range": "choice",
}


def draw_verbatims(random: Random, ratings: pd.DataFrame, relation: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Comments that go with ratings: the tone follows the score, the theme the touchpoint, the language the customer."""
    said = ratings[ratings["answered"] & ratings["touchpoint"].isin([key for key in PHRASES if key])]
    said = said[random.random(len(said)) < SHARE_COMMENTING][["customer", "on", "touchpoint", "score"]]
    whole = relation[random.random(len(relation)) < 0.08][["customer", "on", "nps"]].rename(columns={"nps": "score"})
    rows = pd.concat(
        [said.assign(score_question="csat"), whole.assign(touchpoint="", score_question="nps")], ignore_index=True
    )
    rows = rows.sort_values(["on", "customer", "touchpoint"], ignore_index=True)
    rows["lang"] = rows["customer"].map(people.set_index("customer")["lang"])
    written = [_comment(random, *row) for row in rows[["touchpoint", "score", "lang"]].itertuples(index=False)]
    rows[["text", "theme"]] = pd.DataFrame(written, index=rows.index, columns=["text", "theme"])
    spread = np.linspace(len(rows) * 0.2, len(rows) * 0.95, len(HOSTILE)).astype(int)
    for place, (text, lang) in zip(spread, HOSTILE, strict=True):
        rows.loc[rows.index[place : place + 1], ["text", "lang", "theme"]] = [text, lang, "hostile"]
    return rows


def _comment(random: Random, touchpoint: str, score: float, lang: str) -> tuple[str, str]:
    tone = "good" if random.random() < _goodness(score) else "bad"
    themes = PHRASES[touchpoint][tone]
    theme = list(themes)[int(random.integers(len(themes)))]
    sentences = themes[theme][0 if lang == "es" else 1]
    tails = (GOOD_TAILS if tone == "good" else TAILS)[lang]
    return sentences[int(random.integers(len(sentences)))] + "." + tails[int(random.integers(len(tails)))], theme


def _goodness(score: float) -> float:
    """Chance of a friendly comment, by score."""
    return float(np.interp(score, [4.0, 6.0, 8.0], [0.03, 0.45, 0.96]))


def public_verbatims(comments: pd.DataFrame) -> pd.DataFrame:
    """The verbatims table; every sixth comment does not say its language, every eighth was read and coded by a person."""
    table = pd.DataFrame({"respondent_id": customer_ids(comments["customer"]), "on": dates(comments["on"])})
    table["touchpoint"] = comments["touchpoint"].replace("", None).astype("str")
    table["text"] = comments["text"].astype("str")
    table["score"] = comments["score"].astype(float)
    table["score_question"] = comments["score_question"].astype("str")
    table["lang"] = comments["lang"].mask(comments.index % 6 == 0).astype("str")
    coded = comments["theme"].map(PERSON).where(comments.index % READ_BY_A_PERSON == 3)
    table["coded"] = coded.astype("str")
    return table
