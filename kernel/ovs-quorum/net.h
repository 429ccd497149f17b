/* SPDX-License-Identifier: GPL-2.0 */
/* Registration of what the module keeps for each network namespace. */
#ifndef OQ_NET_H
#define OQ_NET_H

int oq_net_register(void);
void oq_net_unregister(void);

#endif
