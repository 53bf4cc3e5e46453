# ruff: noqa: E501  (headers stand on one line, as they come)
"""Small invented exports in the shape of each system: key → file name → content. No row is anybody's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

_START = datetime(2026, 1, 5, 9, 30)


def _rows(head: str, row: str, n: int = 40, **more: object) -> str:
    """`row` n times, with {i}, {day}, {score} (0 to 10), {five} (1 to 5), {who}, {amount} filled in."""
    lines = [head]
    for i in range(n):
        at = _START + timedelta(days=i % 90, minutes=37 * i)
        known = {
            "i": i,
            "day": f"{at:%Y-%m-%d}",
            "at": f"{at:%Y-%m-%d %H:%M:%S}",
            "us": f"{at:%m/%d/%Y %I:%M:%S %p}",
            "score": i % 11,
            "five": 1 + i % 5,
            "who": f"C{i % 15}",
            "amount": f"{20 + i * 1.37:.2f}",
            "unix": int(at.timestamp()),
            "text": f"the delivery number {i} came late and nobody told me",
            "words": _WORDS[i % 5],
            "region": "NSEW"[i % 4],
        }
        lines.append(row.format(**known, **more))
    return "\n".join(lines) + "\n"


_WORDS = ["Muy insatisfecho", "Insatisfecho", "Ni satisfecho ni insatisfecho", "Satisfecho", "Muy satisfecho"]
_IDS = ["startDate", "endDate", "status", "finished", "recordedDate", "_recordId", "channel", "QID1", "QID2", "QID3"]
_EVENTS = [("page_view", 0), ("view_item", 1), ("add_to_cart", 2), ("purchase", 3)]


def _json_lines(make: object, n: int = 15) -> str:
    return "".join(
        json.dumps(make(i, event, i * 86400 + step * 60)) + "\n"
        for i in range(n)
        for event, step in _EVENTS[: 2 + i % 3]
    )  # type: ignore[operator]


EXPORTS: dict[str, dict[str, str]] = {
    "qualtrics": {
        "survey.csv": _rows(
            "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,DistributionChannel,Q1,Q2_1,Q3\n"
            "Fecha de inicio,Fecha de finalización,Tipo,Acabado,Fecha registrada,ID de respuesta,Canal,"
            "¿Con qué probabilidad nos recomendaría?,Satisfacción con: - Entrega,¿Por qué?\n"
            + ",".join(f'"{{""ImportId"":""{name}""}}"' for name in _IDS),
            "{at},{at},IP Address,True,{at},R_{i},anonymous,{score},{five},{text}",
        )
    },
    "surveymonkey": {
        "survey.csv": _rows(
            "Respondent ID,Collector ID,Start Date,End Date,How likely are you to recommend us?,How satisfied were you with,,Anything else?\n"
            ",,,,Response,Delivery,Price,Open-Ended Response",
            "{i},7,{us},{us},{score},{five},{five},{text}",
        )
    },
    "typeform": {
        "survey.csv": _rows(
            "About you,,,,\n#,How likely are you to recommend us {{field:1}}?,What could we improve?,Start Date (UTC),Submit Date (UTC)",
            "r{i},{score},{text},{at},{at}",
        )
    },
    "limesurvey": {
        "results.csv": _rows(
            "id,submitdate,lastpage,startlanguage,seed,NPS,SUS1[SQ001],SUS1[SQ002],SUS1[SQ003],SUS1[SQ004],region",
            '{i},"{at}",3,es,77,{score},A{five},A{five},N/A,A{five},{region}',
        )
    },
    "google_forms": {
        "respuestas.csv": _rows(
            '"Marca temporal","¿Qué probabilidad hay de que nos recomiende?","¿Cómo de satisfecho quedó con la entrega?","¿Por qué?","Provincia"',
            '"{day} 3:15:42",{score},"{words}","{text}",{region}',
        )
    },
    "microsoft_forms": {
        "formulario.csv": _rows(
            "Id,Hora de inicio,Hora de finalización,Correo electrónico,Nombre,¿Nos recomendaría a un amigo?,Valore la atención,¿Qué mejoraría?",
            "{i},{at},{at},anonymous,,{score},{words},{text}",
        )
    },
    "formbricks": {
        "responses.csv": _rows(
            "No.,Response ID,Timestamp,Finished,Survey ID,User ID,Notes,Tags,How likely are you to recommend us?,User Agent Browser",
            "{i},r{i},{day}T10:00:00.000Z,Yes,s1,{who},,,{score},Firefox",
        )
    },
    "delighted": {
        "nps.csv": _rows(
            "Response ID,Person ID,Survey type,Score,Comment,Permalink,Created At",
            "{i},{who},nps,{score},{text},x,{unix}",
        )
    },
    "zendesk": {
        "tickets.csv": _rows(
            "Id,Requester id,Status,Subject,Created at,Updated at,Solved at,Priority,Satisfaction Score,Via",
            "{i},{who},Closed,help,{at},{at},{at},Normal,Good,Mail",
        ).replace("Good,Mail", "Bad,Web", 9)
    },
    "freshdesk": {
        "tickets.csv": _rows(
            "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Contact ID",
            "{i},help,Closed,Low,Portal,Question,x,y,{at},{at},{who}",
        )
    },
    "hubspot_deals": {
        "deals.csv": _rows(
            'Record ID,Deal Name,Deal Stage,Pipeline,Close Date,Amount,Associated Contact IDs,"Date entered ""Appointment (Sales)""",'
            '"Date entered ""Closed won (Sales)""","Date entered ""Closed lost (Sales)"""',
            "{i},deal,Closed won,Sales,{at},{amount},{who},{at},{at},",
        )
    },
    "salesforce": {
        "history.csv": _rows(
            "Opportunity ID,Opportunity Name,From Stage,To Stage,Edit Date,Amount",
            "006{i},sofa,New,Qualification,{day},{amount}",
            20,
        )
        + _rows("", "006{i},sofa,Qualification,Closed Won,{day},{amount}", 9).lstrip()
        + '"Grand Totals (29 records)",,,,,1\n\n"Confidential Information - Do Not Distribute",,,,,\n'
    },
    "shopify": {
        "orders.csv": _rows(
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Total,Created at,Lineitem name,Billing Province",
            "#{i},{who}@example.com,paid,{day} 10:00:00 +0100,fulfilled,{day} 18:00:00 +0100,EUR,{amount},{amount},{day} 09:00:00 +0100,lamp,{region}\n"
            "#{i},,,,,,,,,,shade,",
        )
    },
    "woocommerce": {
        "orders.csv": _rows(
            "order_id,order_number,order_date,paid_date,status,order_total,billing_email,customer_id,payment_method,item_name",
            "{i},{i},{at},{at},completed,{amount},{who}@example.com,{who},card,lamp\n,,,,,,,,,shade",
        )
    },
    "stripe": {
        "payments.csv": _rows(
            "id,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Currency,Customer ID,Status,Fee",
            "ch_{i},{at},{amount},0.00,usd,{amount},eur,{who},Paid,0.30",
        )
    },
    "ga4": {
        "events.jsonl": _json_lines(
            lambda i, event, after: {
                "event_date": "20260105",
                "event_timestamp": (1767600000 + after) * 1_000_000,
                "event_name": event,
                "user_pseudo_id": f"u{i}",
                "traffic_source": {"medium": "cpc" if i % 2 else "organic"},
                "event_params": [{"key": "ga_session_id", "value": {"int_value": i}}],
                "ecommerce": {"transaction_id": f"T{i}", "purchase_revenue": 10 + i} if event == "purchase" else None,
            }
        )
    },
    "matomo": {
        "visits.csv": _rows(
            "idVisit,visitorId,serverDate,lastActionDateTime,actions,referrerTypeName,visitorType",
            "{i},{who},{day},{at},3,Direct Entry,returning",
        ).replace("returning", "new", 15)
    },
    "matomo_report": {
        "report.csv": _rows(
            "Etiqueta,Visitas,Visitantes únicos,Acciones,Porcentaje de rebote", "pagina {i},{i},{i},{i},100 %"
        )
    },
    "mixpanel": {
        "events.jsonl": _json_lines(
            lambda i, event, after: {
                "event": event,
                "properties": {"distinct_id": f"u{i}", "time": 1767600000 + after, "$insert_id": f"{i}{event}"},
            }
        )
    },
    "amplitude": {
        "events.csv": _rows(
            "amplitude_id,user_id,event_type,event_time,client_event_time,server_upload_time,$insert_id,event_properties,platform",
            '{i},{who},page_view,{at},{at},{at},{i},"{{""plan"": ""pro""}}",Web',
        ).replace("page_view", "purchase", 12)
    },
    "event_log": {
        "log.csv": _rows(
            "case:concept:name,concept:name,time:timestamp,case:channel", "case {who},register,{day}T10:00:00+01:00,web"
        )
        + _rows("", "case {who},decide,{day}T12:00:00+01:00,web", 30).lstrip()
        + _rows("", "case {who},declined,{day}T13:00:00+01:00,web", 9).lstrip()
    },
    "reviews": {
        "reviews.csv": _rows(
            "Review Id,Rating,Title,Review content,Review created (UTC)", "{i},{five},late,{text},{at}"
        )
    },
}
