"""The words by which a theme is known, in three languages: small on purpose, and meant to be edited.

A stem ends in `*` ("retras*" finds retraso, retrasado); a phrase is words with blanks between. Accents and capitals do
not matter. A client's own words are added by `codebook(extra)`, e.g. from `judgement.assumptions.themes` of the brief.
"""

from __future__ import annotations

from collections.abc import Mapping

Codebook = Mapping[str, Mapping[str, tuple[str, ...]]]

THEMES: Codebook = {
    "lateness": {
        "en": ("late", "delay*", "never arrived", "not arrived", "still waiting for", "missed slot", "overdue",
               "did not turn up", "didn t turn up", "days late", "nobody came"),
        "es": ("tarde", "retras*", "demor*", "no llego", "no ha llegado", "nadie aparecio", "fuera de plazo", "sigo esperando"),
        "pt": ("atras*", "demor*", "nao chegou", "nao recebi", "ainda nao", "fora do prazo"),
    },
    "punctuality": {
        "en": ("on time", "punctual*", "when they said", "time slot", "early", "ahead of time", "quick delivery"),
        "es": ("puntual*", "a tiempo", "a la hora", "franja*", "antes de lo previsto", "en plazo"),
        "pt": ("pontual*", "antes do prazo", "no prazo", "dentro do prazo", "entrega rapida", "rapid*", "antes do previsto"),
    },
    "condition": {
        "en": ("damag*", "broken", "scratch*", "faulty", "defect*", "missing part*", "missing piece*", "quality",
               "well made", "sturdy", "wrong item", "dent*"),
        "es": ("roto*", "rota*", "dana*", "golpe*", "raya*", "defect*", "calidad", "falta una pieza", "faltan piezas",
               "faltaba*", "equivocado", "resistente*"),
        "pt": ("quebrad*", "danific*", "defeit*", "qualidade", "riscad*", "faltando", "faltou", "errad*",
               "veio errado", "com defeito"),
    },
    "assembly": {
        "en": ("assembl*", "install*", "fitter*", "fitted", "instructions", "put together"),
        "es": ("monta*", "instala*", "ensambl*", "instrucciones"),
        "pt": ("monta*", "instala*", "instruc*"),
    },
    "price": {
        "en": ("price*", "expensive", "cheap*", "cost*", "value for money", "discount*", "offer*", "overpriced"),
        "es": ("precio*", "caro", "cara", "caros", "caras", "barat*", "coste*", "descuento*", "oferta*",
               "relacion calidad"),
        "pt": ("preco*", "caro", "cara", "barat*", "custo*", "desconto*", "promoc*", "valor"),
    },
    "staff": {
        "en": ("staff", "friendly", "rude", "polite", "helpful", "kind", "unhelpful", "attentive", "adviser*",
               "advisor*",
               "team", "assistant*", "driver*", "nurse*", "doctor*", "engineer*", "careful"),
        "es": ("personal", "amable*", "maleducad*", "atent*", "trato", "simpatic*", "asesor*", "dependient*", "equipo",
               "emplead*", "cuidados*", "conductor*"),
        "pt": ("atendente*", "educad*", "simpatic*", "atencios*", "funcionari*", "equipe", "equipa", "vendedor*",
               "atendimento"),
    },
    "waiting": {
        "en": ("queue*", "wait", "waited", "waiting", "on hold", "hours", "slow", "took ages", "took too long"),
        "es": ("cola", "colas", "esper*", "lento", "lenta", "horas", "tardaron"),
        "pt": ("fila*", "esper*", "lento", "lenta", "horas", "devagar"),
    },
    "information": {
        "en": ("told", "inform*", "communicat*", "message*", "notif*", "nobody called", "email*", "updates", "kept me",
               "no answer", "tracking", "warn*"),
        "es": ("inform*", "avis*", "comunica*", "mensaje*", "nadie me", "seguimiento", "no contestan", "no responden"),
        "pt": ("inform*", "avis*", "comunica*", "mensage*", "rastre*", "nao respond*", "sem resposta", "resposta"),
    },
    "clarity": {
        "en": ("clear*", "explain*", "confus*", "understand*", "understood", "transparent"),
        "es": ("claro", "clara", "claridad", "explic*", "confus*", "se entiende", "transparen*"),
        "pt": ("claro", "clara", "clareza", "explic*", "confus*", "transparen*"),
    },
    "quotes": {
        "en": ("quote*", "quotation*", "estimate", "offer in writing"),
        "es": ("presupuesto*", "cotizacion*"),
        "pt": ("orcamento*", "cotacao"),
    },
    "advice": {
        "en": ("advice", "advis*", "recommend*", "expert*", "ideas", "planner", "planning", "design*", "inspir*",
               "knowledge*"),
        "es": ("consejo*", "aconsej*", "expert*", "ideas", "planific*", "plano", "planos", "diseno*", "inspira*",
               "orienta*", "planner", "proyecto*"),
        "pt": ("conselho*", "aconselh*", "ideias", "planej*", "projeto*", "inspira*", "recomend*"),
    },
    "ease": {
        "en": ("easy", "simple", "website", "web", "app", "online", "intuitive", "crash*", "difficult", "complicated",
               "straightforward", "smooth*"),
        "es": ("facil*", "sencill*", "web", "pagina", "app", "aplicacion", "intuitiv*", "complicad*", "dificil*",
               "online",
               "comod*"),
        "pt": ("facil*", "simples", "site", "app", "aplicativo", "intuitiv*", "complicad*", "dificil*", "pratic*"),
    },
    "choice": {
        "en": ("stock", "availab*", "choice", "range", "selection", "catalogue", "out of stock", "variety"),
        "es": ("stock", "disponib*", "variedad", "catalogo*", "surtido", "agotad*", "gama"),
        "pt": ("estoque", "disponi*", "variedade", "catalogo*", "esgotad*", "opcoes"),
    },
    "payment": {
        "en": ("payment*", "paid", "pay", "card", "financ*", "bill*", "invoice*", "charge*", "checkout", "instalment*"),
        "es": ("pago", "pagos", "pagar", "tarjeta", "financi*", "factura*", "cobr*", "cuota*", "caja"),
        "pt": ("pagamento*", "pagar", "paguei", "cartao", "boleto", "nota fiscal", "cobr*", "parcela*"),
    },
    "returns": {
        "en": ("return*", "refund*", "exchang*", "guarantee", "warranty", "complain*", "after sales", "repair*",
               "replac*"),
        "es": ("devol*", "devuel*", "reembols*", "cambi*", "garantia*", "reclam*", "posventa", "postventa", "repara*"),
        "pt": ("devol*", "reembols*", "estorno*", "troc*", "garantia*", "reclam*"),
    },
    "product": {
        "en": ("product*", "sofa*", "table", "kitchen*", "furniture", "comfort*", "colour*", "looks", "beautiful"),
        "es": ("producto*", "sofa*", "mesa*", "cocina*", "mueble*", "comodo", "color*", "bonit*", "precioso*",
               "preciosa*"),
        "pt": ("produto*", "lind*", "bonit*", "otimo produto", "cor", "tamanho", "material"),
    },
}  # fmt: skip


def codebook(extra: Mapping[str, Mapping[str, list[str] | tuple[str, ...]]] | None = None) -> Codebook:
    """The codebook with a client's own words: a theme or language given in `extra` takes the place of the one here."""
    merged: dict[str, dict[str, tuple[str, ...]]] = {theme: dict(words) for theme, words in THEMES.items()}
    for theme, languages in (extra or {}).items():
        if isinstance(languages, Mapping):
            merged.setdefault(theme, {}).update({lang: tuple(words) for lang, words in languages.items()})
    return merged
