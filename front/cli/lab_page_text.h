/*
 * lab_page_text.h - what stands in every lab page as it is.
 */
#ifndef FREEHOLD_CLI_LAB_PAGE_TEXT_H
#define FREEHOLD_CLI_LAB_PAGE_TEXT_H

extern const char lab_page_style[];
extern const char lab_page_script[];

#endif
