import {registry} from "@web/core/registry";

const card = (name) => `.o_kanban_record:has(.fw-bold:contains(${name}))`;

/** From the card of a metric to its cases and the bill behind one, and another period. */
registry.category("web_tour.tours").add("sop_operations_process", {
    steps: () => [
        {
            content: "The card shows the figure of the year",
            trigger: `${card("Spend by supplier")}:contains(1,300)`,
            run: "click",
        },
        {
            content: "Its cases are the bills",
            trigger: ".o_list_view tfoot:contains(1,300.00)",
        },
        {
            content: "Open one",
            trigger: ".o_data_row:contains(1,000.00) td[name=document]",
            run: "click",
        },
        {
            content: "It is the bill itself",
            trigger: ".o_form_view .o_field_widget[name=name]:contains(BILL)",
        },
        {
            content: "Back to the cases",
            trigger: ".o_breadcrumb .o_back_button:contains(Spend by supplier)",
            run: "click",
        },
        {
            content: "Back to the metrics",
            trigger: ".o_list_view .o_data_row:eq(1)",
        },
        {
            content: "By the breadcrumb",
            trigger: ".o_breadcrumb .o_back_button:contains(Procure to Pay)",
            run: "click",
        },
        {
            content: "Leave the year",
            trigger: ".o_searchview_facet:contains(This Year) .o_facet_remove",
            run: "click",
        },
        {
            content: "Open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Last year",
            trigger: ".o_filter_menu .o_menu_item:contains(Last Year)",
            run: "click",
        },
        {
            content: "Nothing was spent then, which is not zero",
            trigger: `${card("Spend by supplier")}:contains(No data)`,
        },
    ],
});
