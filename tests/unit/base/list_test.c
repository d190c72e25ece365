/*
 * list_test.c - a list keeps the order in which it was filled.
 */
#include "base/list.h"

#include "support/unit.h"

struct item {
    int number;
    struct list in_list;
};

static int number_of(struct list *node)
{
    return list_item(node, struct item, in_list)->number;
}

static void a_new_list_is_empty(void **state)
{
    struct list list;

    (void)state;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_null(list_take_first(&list));
}

static void items_come_out_in_the_order_they_went_in(void **state)
{
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list list;

    (void)state;
    list_init(&list);
    for (int i = 0; i < 3; i++)
        list_append(&list, &items[i].in_list);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(number_of(list_take_first(&list)), i);
    assert_true(list_is_empty(&list));
}

static void an_item_goes_in_behind_the_one_it_is_given(void **state)
{
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list list;

    (void)state;
    list_init(&list);
    list_append(&list, &items[0].in_list);
    list_append(&list, &items[2].in_list);
    list_insert_after(&items[0].in_list, &items[1].in_list);
    assert_int_equal(number_of(list.next->next), 2);
    assert_int_equal(number_of(list.prev), 3);
}

static void an_item_may_be_removed_twice(void **state)
{
    struct item items[2] = {{.number = 1}, {.number = 2}};
    struct list list;

    (void)state;
    list_init(&list);
    list_append(&list, &items[0].in_list);
    list_append(&list, &items[1].in_list);
    list_remove(&items[0].in_list);
    list_remove(&items[0].in_list);
    assert_int_equal(number_of(list.next), 2);
    assert_ptr_equal(list.next->next, &list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_list_is_empty),
        cmocka_unit_test(items_come_out_in_the_order_they_went_in),
        cmocka_unit_test(an_item_goes_in_behind_the_one_it_is_given),
        cmocka_unit_test(an_item_may_be_removed_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
