// A thread's place in its workgroup and, with SUBGROUPS, in its subgroup, of which nothing is taken for granted: not
// their size, nor which threads they have.

struct Thread {
    @builtin(local_invocation_index) local: u32,
#ifdef SUBGROUPS
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
#endif
}
