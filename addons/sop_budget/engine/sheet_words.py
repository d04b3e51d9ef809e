# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Words that people put into budgets, in the languages they are most met in.

All are compared in their simplified form (:func:`.sheet_value.simplify`): lower case, no
accents, no dots.
"""

from __future__ import annotations

from collections.abc import Mapping

from .sheet_value import simplify


def _simple(words: str) -> frozenset[str]:
    return frozenset(simplify(word) for word in words.split("|"))


#: Headers, simplified (see :func:`.sheet_value.simplify`), in the order of trust.
_HEADERS: Mapping[str, str] = {
    "code": "code|no|nr|number|id|ref|reference|account code|budget code|line code|"
    "cost code|category code|wbs|item no|kod|codigo|codice|kode|ma|ma so|konto|kontonummer|"
    "compte|cuenta|conto|rekening|код|кодс|コード|编码|代码|코드",
    "parent": "parent|parent code|parent category|belongs to|below|ubergeordnet|"
    "ubergeordneter code|eltern|parent id|code parent|padre|codigo padre|pai|ma cha|"
    "oberkategorie|bovenliggend|родитель|上级",
    "name": "name|category|item|line item|description|title|budget line|line|activity|"
    "budget item|position|bezeichnung|kategorie|libelle|intitule|nom|poste|rubrique|nombre|"
    "concepto|partida|categoria|nome|descricao|voce|descrizione|descripcion|naam|"
    "omschrijving|post|ten|ten khoan muc|hang muc|khoan muc|noi dung|dien giai|nazwa|"
    "наименование|название|статья|項目|名称|항목",
    "level1": "level 1|main category|category group|group|hauptkategorie|bereich|"
    "groupe|chapitre|capitulo|nhom|cap 1|ebene 1|niveau 1|nivel 1|livello 1",
    "level2": "level 2|subcategory|sub category|subgroup|sub group|unterkategorie|"
    "sous categorie|subcategoria|sottocategoria|subcategorie|nhom con|cap 2|ebene 2|"
    "niveau 2|nivel 2|livello 2",
    "level3": "level 3|sub subcategory|cap 3|ebene 3|niveau 3|nivel 3|livello 3",
    "level4": "level 4|cap 4|ebene 4|niveau 4|nivel 4|livello 4",
    "kind": "kind|type|expense income|income expense|art|nature|tipo|soort|loai|typ|тип|類型",
    "source": "funding source|source|funding|funder|donor|fund|grant|financed by|"
    "finanzierung|geldgeber|mittelherkunft|financement|bailleur|source de financement|"
    "fuente|fuente de financiacion|fonte|financiamento|fonte di finanziamento|"
    "financiering|nguon|nguon von|nguon kinh phi|источник|資金源",
    "responsible": "responsible|responsible person|owner|pic|person in charge|"
    "budget holder|manager|lead|verantwortlich|verantwortlicher|responsable|"
    "responsavel|responsabile|verantwoordelijke|nguoi phu trach|phu trach|"
    "ответственный|担当",
    "detail": "detail|details|detail impact|notes|note|comment|comments|remark|remarks|"
    "bemerkung|anmerkung|commentaire|remarque|comentario|observaciones|observacoes|"
    "opmerking|ghi chu|chi tiet|примечание|備考",
    "impact": "impact|outcome|expected outcome|expected result|result|results|wirkung|"
    "ergebnis|resultat|impacto|resultado|impatto|ket qua|tac dong",
    "date": "date|month|period|mois|monat|mes|mese|maand|thang|ky|datum|fecha|data|"
    "periode|periodo|miesiac|месяц|дата|月|日付",
    "amount": "amount|value|betrag|montant|importe|monto|valor|importo|bedrag|so tien|"
    "gia tri|kwota|сумма|belob|金額|금액",
    "currency": "currency|curr|devise|wahrung|moneda|moeda|valuta|munt|tien te|"
    "loai tien|waluta|валюта|通貨",
    "total": "total|annual|year|yearly|full year|year total|total year|annual amount|"
    "annual budget|total budget|total amount|allocated|allocated amount|budget|planned|plan|"
    "planned amount|gesamt|summe|jahr|jahresbudget|jahresbetrag|total annuel|annuel|"
    "budget annuel|anual|"
    "total anual|presupuesto|orcamento|totale|annuale|totaal|jaar|tong|tong cong|"
    "ca nam|kinh phi|ngan sach|suma|razem|итого|всего|合計|年額|합계|fy",
    "monthly": "monthly|per month|monthly amount|monthly budget|each month|monatlich|"
    "pro monat|mensuel|par mois|mensual|mensal|mensile|per maand|hang thang|moi thang",
}
ROLE_OF = {
    simplify(word): role
    for role, words in _HEADERS.items()
    for word in words.split("|")
}
#: Columns that this suite adds itself, or that say what isn't planned.
IGNORED = {"row", "what is wrong"}
NOT_PLANNED = {
    "actual", "actuals", "ist", "reel", "realise", "spent", "spend", "variance", "var",
    "abweichung", "ecart", "remaining", "diff", "difference", "forecast", "last",
    "prior", "previous", "vorjahr", "thuc te", "committed", "percent",
}  # fmt: skip
PLANNED = {
    "budget", "budgeted", "plan", "planned", "soll", "amount", "prevu", "previsto",
    "ke hoach", "in", "usd", "eur", "gbp", "vnd", "chf", "jpy", "inr", "php", "thb", "idr",
    "myr", "sgd", "aud", "cad", "brl", "mxn", "zar", "sek", "nok", "dkk", "pln", "czk",
}  # fmt: skip

_KIND_WORDS = {
    "expense": "expense|expenses|expenditure|expenditures|cost|costs|spending|opex|out|"
    "aufwand|ausgabe|ausgaben|kosten|depense|depenses|charge|charges|gasto|gastos|egreso|"
    "despesa|despesas|spesa|spese|costo|costi|uitgave|uitgaven|chi|chi phi|расход|"
    "расходы|支出|费用|費用|비용",
    "income": "income|revenue|revenues|sales|receipts|in|ertrag|ertrage|einnahme|"
    "einnahmen|erlos|erlose|recette|recettes|produit|produits|ingreso|ingresos|receita|"
    "receitas|ricavo|ricavi|entrata|entrate|inkomsten|opbrengst|thu|thu nhap|doanh thu|"
    "доход|доходы|収入|收入|수입",
    "capital": "capital|capex|capital expenditure|investment|investments|fixed asset|"
    "fixed assets|asset|assets|investition|investitionen|investissement|"
    "investissements|inversion|inversiones|investimento|investimentos|investimenti|"
    "investering|dau tu|tai san|инвестиции|投資|投资|투자",
}
KIND_OF = {
    simplify(word): kind
    for kind, words in _KIND_WORDS.items()
    for word in words.split("|")
}
_TOTAL_WORDS = (
    "total|totals|subtotal|sub total|grand total|sum|overall|all categories|summe|"
    "gesamt|gesamtsumme|zwischensumme|insgesamt|somme|totaux|sous total|total general|"
    "totale|totali|subtotale|totales|suma|soma|totaal|subtotaal|tong|tong cong|cong|"
    "итого|всего|合计|合計|总计|総計|小计|小計|합계|총계|razem|ogolem|toplam|jumlah|yhteensa|"
    "celkem|osszesen|ukupno|skupaj"
)
TOTAL_WORDS = _simple(_TOTAL_WORDS)
#: Puts a row of totals beyond doubt; exports use it.
TOTAL_SIGN = "Σ"
_INTERNAL_WORDS = (
    "internal|own|own funds|intern|eigen|eigenmittel|interne|fonds propres|interno|"
    "propio|proprio|noi bo"
)
INTERNAL_WORDS = _simple(_INTERNAL_WORDS)
