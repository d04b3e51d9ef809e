import {expect, queryAllTexts, test} from "@odoo/hoot";
import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Budget extends models.Model {
    _name = "sop.budget";

    utilisation = fields.Float();

    _records = [
        {id: 1, utilisation: 5432.1},
        {id: 2, utilisation: 49.6},
    ];
}

defineMailModels();
defineModels([Budget]);

test("what is used is shown in whole percents", async () => {
    await mountView({
        type: "list",
        resModel: "sop.budget",
        arch: `<list><field name="utilisation" widget="sop_used_bar"/></list>`,
    });
    const texts = queryAllTexts(".o_data_cell").map((text) => text.replace(/\s/g, ""));
    expect(texts).toEqual(["5,432%", "50%"]);
});
