/* The configuration, as it was read last. */
#ifndef STROWGER_XML_H
#define STROWGER_XML_H

SWITCH_BEGIN_EXTERN_C

SWITCH_INLINE switch_xml_t switch_xml_child(switch_xml_t xml, const char *name)
{
	xml = xml ? xml->child : NULL;
	while (xml && strcmp(name, xml->name)) xml = xml->sibling;
	return xml;
}

SWITCH_INLINE const char *switch_xml_attr(switch_xml_t xml, const char *name)
{
	char **attr = xml ? xml->attr : NULL;
	for (; attr && attr[0]; attr += 2) {
		if (!strcmp(attr[0], name)) return attr[1];
	}
	return NULL;
}

#define switch_xml_attr_soft(xml, name) switch_str_nil(switch_xml_attr(xml, name))
#define switch_xml_next(xml) ((xml) ? (xml)->next : NULL)
#define switch_xml_name(xml) ((xml) ? (xml)->name : NULL)
#define switch_xml_txt(xml) ((char *) ((xml) && (xml)->txt ? (xml)->txt : ""))
#define switch_xml_free(xml) strowger_host->xml_free(xml)

/* A child of that name with that attribute; with that value, unless it is NULL. */
SWITCH_INLINE switch_xml_t switch_xml_find_child(switch_xml_t xml, const char *name, const char *attr, const char *value)
{
	for (xml = switch_xml_child(xml, name); xml; xml = xml->next) {
		const char *found = switch_xml_attr(xml, attr);
		if (found && (!value || !strcasecmp(found, value))) return xml;
	}
	return NULL;
}

/* The file `name` of the section `configuration`: `*node` is its element; what is returned is for switch_xml_free. */
SWITCH_INLINE switch_xml_t switch_xml_open_cfg(const char *name, switch_xml_t *node, switch_event_t *params)
{
	(void) params;
	return *node = strowger_host->xml_open(name, "configuration");
}

SWITCH_END_EXTERN_C
#endif
