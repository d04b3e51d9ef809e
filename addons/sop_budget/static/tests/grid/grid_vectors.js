/**
 * Arithmetic that runs in the browser and on the server: both read these cases. What stands between the backticks
 * is plain JSON, the Python tests parse it.
 */
export const GRID_VECTORS = JSON.parse(String.raw`
{
    "locales": {
        "en": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 0]},
        "de": {"decimalPoint": ",", "thousandsSep": ".", "grouping": [3, 0]},
        "fr": {"decimalPoint": ",", "thousandsSep": "\u202f", "grouping": [3, 0]},
        "ch": {"decimalPoint": ".", "thousandsSep": "’", "grouping": [3, 0]},
        "in": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 2, 0]}
    },
    "formulas": [
        {"text": "=100*3", "decimals": 2, "units": 30000},
        {"text": "=3*4*12", "decimals": 2, "units": 14400},
        {"text": "=1/3", "decimals": 2, "units": 33},
        {"text": "=2/3", "decimals": 2, "units": 67},
        {"text": "=1.005", "decimals": 2, "units": 101},
        {"text": "=-1.005", "decimals": 2, "units": -101},
        {"text": "=0.1+0.2", "decimals": 2, "units": 30},
        {"text": "=(1+2)*3-4/2", "decimals": 2, "units": 700},
        {"text": "=-(2+3)*-2", "decimals": 2, "units": 1000},
        {"text": "=1,200*5%", "decimals": 2, "units": 6000},
        {"text": "=300×5%", "decimals": 2, "units": 1500},
        {"text": "=10÷4", "decimals": 0, "units": 3},
        {"text": "=15k+2.5m", "decimals": 2, "units": 251500000},
        {"text": "=100-50-25", "decimals": 2, "units": 2500},
        {"text": "=100/10/2", "decimals": 2, "units": 500},
        {"text": "=33333.335*1", "decimals": 2, "units": 3333334},
        {"text": "=1.0005*1", "decimals": 3, "units": 1001}
    ],
    "bad_formulas": ["=", "=1+", "=(1", "=1)", "=*2", "=1/0", "=abc()", "=2**3", "=1..2"],
    "numbers": [
        {"text": "1234.5", "locale": "en", "units": 123450},
        {"text": "1,234.50", "locale": "en", "units": 123450},
        {"text": "1,234", "locale": "en", "units": 123400},
        {"text": "1,5", "locale": "en", "units": 150},
        {"text": "1,234,567.89", "locale": "en", "units": 123456789},
        {"text": "1.234,56", "locale": "en", "units": 123456},
        {"text": "1.234.567", "locale": "en", "units": 123456700},
        {"text": "1.234", "locale": "de", "units": 123400},
        {"text": "1.234,5", "locale": "de", "units": 123450},
        {"text": "1.5", "locale": "de", "units": 150},
        {"text": "1,5", "locale": "de", "units": 150},
        {"text": "1,234.56", "locale": "de", "units": 123456},
        {"text": "=100,5*2", "locale": "de", "units": 20100},
        {"text": "1\u202f234,56", "locale": "fr", "units": 123456},
        {"text": "1 234 567", "locale": "fr", "units": 123456700},
        {"text": "1.500", "locale": "fr", "units": 150},
        {"text": "1'234.56", "locale": "ch", "units": 123456},
        {"text": "1’234", "locale": "ch", "units": 123400},
        {"text": "12,34,567", "locale": "in", "units": 123456700},
        {"text": "$ 1,200.00", "locale": "en", "units": 120000},
        {"text": "1.200,00 €", "locale": "de", "units": 120000},
        {"text": "USD 1,200", "locale": "en", "units": 120000},
        {"text": "-$1,200", "locale": "en", "units": -120000},
        {"text": "(1,200.50)", "locale": "en", "units": -120050},
        {"text": "−12", "locale": "en", "units": -1200},
        {"text": "12-", "locale": "en", "units": -1200},
        {"text": "15k", "locale": "en", "units": 1500000},
        {"text": "1.5m", "locale": "en", "units": 150000000},
        {"text": "٣٤٫٥", "locale": "en", "units": 3450},
        {"text": " - ", "locale": "en", "units": 0},
        {"text": "0", "locale": "en", "units": 0},
        {"text": "-0", "locale": "en", "units": 0},
        {"text": "", "locale": "en", "units": null},
        {"text": "   ", "locale": "en", "units": null}
    ],
    "not_numbers": ["abc", "1.2.3", "12,34.56.7", "1,23,4", "2026-01", "1/2", "5%", "--5", "1 2 3", "."],
    "spreads": [
        {"current": [1000, 2000, 3000], "held": [false, true, false], "total": 10000, "result": [2000, 2000, 6000]},
        {"current": [0, 0, 0], "held": [false, false, false], "total": 10000000, "result": [3333334, 3333333, 3333333]}
    ],
    "sums": [
        {"cells": [[10, 20], [1, 2], [null, 3]], "parent": [11, 25], "total": 36},
        {"cells": [[null, null], [null, null]], "parent": [null, null], "total": null},
        {"cells": [[0, null], [null, null]], "parent": [0, null], "total": 0}
    ]
}
`);
